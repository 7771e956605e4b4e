// Checks for what Eyelid needs from the system, and installs what is missing.
//
// As a program: node setup.mjs [build] [desktop] [test] [bench]   (all of them if none is named)

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, output, root, step } from "./steps.mjs";

/** Debian packages, each with what it is for. */
const packages = {
  build: {
    "build-essential": "C compiler for the bundled SQLite and zstd",
    "pkg-config": "finds the libraries below",
    "libwebkit2gtk-4.1-dev": "the window",
    "libxkbcommon-x11-dev": "which key makes which letter",
    "libxcb1-dev": "the display",
  },
  desktop: {
    xvfb: "a display that nobody sees",
    "dbus-daemon": "its message buses",
    openbox: "its window manager",
    "xfce4-panel": "its tray",
    xfconf: "the panel's settings",
    dunst: "its notifications",
    "gnome-keyring": "its keyring",
    gcr: "the keyring's question for its password",
    "at-spi2-core": "knowing a password field when it has the focus",
    "python3-gi": "a text field to type into",
    "gir1.2-gtk-3.0": "a text field to type into",
    "python3-dbusmock": "a login manager that locks and sleeps as told",
    "fonts-dejavu-core": "letters",
    "adwaita-icon-theme": "icons",
  },
  test: {
    xfwm4: "a second window manager, with and without compositor",
    picom: "a compositor beside openbox",
    "webkit2gtk-driver": "driving the window from outside",
    "libglib2.0-bin": "listening to a message bus",
    "libnotify-bin": "sending a notification",
    "libsecret-tools": "looking into the keyring",
    libfaketime: "a wall clock that can be moved",
    faketime: "a wall clock that can be moved",
    chromium: "a browser that tells its addresses",
    "firefox-esr": "another browser that tells its addresses",
    xterm: "a terminal to type into",
    zenity: "a dialog with a menu and a password",
    xdotool: "input from another hand",
    wmctrl: "window lists from another hand",
    imagemagick: "pictures from another hand",
    "desktop-file-utils": "the file that starts it at login",
    appstream: "what software centres are told of it",
    "man-db": "its manual pages",
    "x11-utils": "xprop and xwininfo",
    "x11-xserver-utils": "xrandr and xset",
    "librsvg2-bin": "the icons' pictures from their one source",
    age: "reading the vault without Eyelid",
    sqlite3: "reading the vault without Eyelid",
    zstd: "reading the vault without Eyelid",
    e2fsprogs: "a small file system that turns read-only",
  },
  bench: {
    ffmpeg: "a recorder to be measured beside",
  },
};

function missing(kinds) {
  const wanted = kinds.flatMap((kind) =>
    Object.entries(packages[kind]).map(([name, why]) => ({ kind, name, why })),
  );
  // Not output(): dpkg-query fails when it does not know one of them, and still lists the others.
  const query = spawnSync(
    "dpkg-query",
    ["--show", "--showformat=${db:Status-Abbrev} ${Package}\n", ...wanted.map((p) => p.name)],
    { encoding: "utf8" },
  );
  const installed = new Set(
    (query.stdout ?? "")
      .split("\n")
      .filter((line) => line.startsWith("ii "))
      .map((line) => line.slice(3).trim()),
  );
  return wanted.filter((p) => !installed.has(p.name));
}

function list(some) {
  const width = Math.max(...some.map((p) => p.name.length));
  return some.map((p) => `  ${p.name.padEnd(width)}  ${p.kind.padEnd(7)}  ${p.why}`).join("\n");
}

function older(version, than) {
  const numbers = (text) => text.match(/\d+/g).map(Number);
  const [a, b] = [numbers(version), numbers(than)];
  const at = b.findIndex((part, i) => part !== (a[i] ?? 0));
  return at >= 0 && (a[at] ?? 0) < b[at];
}

function checkNode() {
  const wanted = "20.19.0";
  if (older(process.versions.node, wanted)) {
    fail(
      `Node.js ${process.versions.node} is too old; ${wanted} or newer is needed.\n` +
        "Cure: https://nodejs.org/en/download, or the package `nodejs` of a newer Debian.",
    );
  }
}

function checkCargo() {
  const wanted = /^rust-version = "(.+)"/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
  const cure = `Cure: install Rust ${wanted} or newer, see https://rustup.rs, and open a new terminal.`;
  const found = output("cargo", ["--version"]);
  if (found === null) {
    fail(`cargo was not found, or does not run.\n${cure}`);
  }
  const version = found.split(" ")[1];
  if (older(version, wanted)) {
    fail(`cargo ${version} is too old.\n${cure}`);
  }
}

/** Makes sure that all packages of these kinds are there. */
export function setup(kinds) {
  checkNode();
  checkCargo();
  if (!existsSync("/etc/debian_version") || output("dpkg-query", ["--version"]) === null) {
    const all = kinds.flatMap((kind) =>
      Object.entries(packages[kind]).map(([name, why]) => ({ kind, name, why })),
    );
    fail(
      "This is not a Debian or Ubuntu system, and only there are packages installed automatically.\n" +
        `Needed, by their Debian names:\n${list(all)}`,
    );
  }
  const needed = missing(kinds);
  if (needed.length === 0) {
    return;
  }
  console.log(`Missing Debian packages:\n${list(needed)}\n`);
  const names = needed.map((p) => p.name);
  const hand = process.getuid() === 0 ? [] : ["sudo"];
  const apt = (name, ...args) => {
    const line = [...hand, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
    console.log(`$ ${line.join(" ")}`);
    step(name, line[0], line.slice(1), { quiet: true });
  };
  apt("asking for the newest list of packages", "update", "--quiet");
  apt("installing packages", "install", "--yes", "--quiet", "--no-install-recommends", ...names);
  const still = missing(kinds);
  if (still.length > 0) {
    fail(`Still missing:\n${list(still)}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kinds = process.argv.slice(2);
  const unknown = kinds.find((kind) => !(kind in packages));
  if (unknown !== undefined) {
    fail(`There is no kind ${unknown}; there are ${Object.keys(packages).join(", ")}.`);
  }
  setup(kinds.length > 0 ? kinds : Object.keys(packages));
  console.log("All packages are there.");
}
