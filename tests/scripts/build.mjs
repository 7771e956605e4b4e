// Builds the page and the programs.
//
// As a program: node build.mjs

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";
import { root, step } from "./steps.mjs";

const programs = ["eyelid", "eyelid-window", "eyelid-agent", "eyelid-reader", "eyelidctl"];
const tour = ["eyelid-tour", "eyelid-testwin", "eyelid-testtray", "eyelid-leaks", "eyelid-soak", "eyelid-bench"];

/** Where cargo puts the programs. */
export const target = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "release");

/** The page's packages, fetched anew only when the lock file has changed. */
export function pagePackages({ always = false } = {}) {
  const lock = join(root, "package-lock.json");
  const done = join(root, "node_modules", ".package-lock.json");
  const fresh = existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs;
  if (always || !fresh) {
    step("the page's packages", "npm", ["ci", "--include=dev", "--no-audit", "--no-fund"]);
  }
}

/** The page, which is built into the window. */
export function page() {
  step("the page", "npm", ["run", "build", "-w", "ui"]);
}

/** The programs. All packages are always selected, so that their dependencies are built once, with one set of features. */
export function build({ withTour = false, examples = [] } = {}) {
  const names = withTour ? [...programs, ...tour] : programs;
  step("the programs", "cargo", [
    ...["build", "--release", "--locked", "--workspace"],
    ...names.flatMap((name) => ["--bin", name]),
    ...examples.flatMap((name) => ["--example", name]),
  ]);
}

/** The programs and all their tests at once: in one go no processor waits for the end of a step. */
export function buildAll() {
  step("the programs and their tests", "cargo", ["build", "--release", "--locked", "--workspace", "--bins", "--tests"]);
}

/** The Debian package, of the programs that were built. */
export function bundle() {
  step("the package", "npx", ["--no", "tauri", "bundle", "--bundles", "deb", "--ci"]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup(["build"]);
  pagePackages();
  page();
  build({ withTour: true });
}
