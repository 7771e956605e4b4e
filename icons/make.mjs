// Renders every picture from eye.svg with rsvg-convert (Debian: librsvg2-bin).
//
//   node icons/make.mjs
//
// app/N.png and hicolor/: the app's icon.  tray/SHAPE-N.png: the panel's, legible on dark and on light panels.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const source = readFileSync(join(here, "eye.svg"), "utf8");

const shapes = ["open", "half", "closed", "crossed"];
const trays = [16, 22, 24, 32, 48];
const sizes = [16, 22, 24, 32, 48, 64, 128, 256, 512];

const recording = "#e0407a";
const light = "#f4f4f6";
const middle = "#b9b9c3";
const dark = "#17171a";

const drawing = (shape) => new RegExp(`<symbol id="${shape}"[^>]*>([^]*?)</symbol>`).exec(source)[1];

const svg = (size, box, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${box} ${box}">${body}</svg>`;

/** The same lines, wider, to lie below them as an outline. */
const widened = (lines, by) =>
  lines
    .replace(/<mask[^]*?<\/mask>/, "")
    .replace(/ mask="[^"]*"/, "")
    .replace(/stroke-width="([\d.]+)"/g, (_, width) => `stroke-width="${Number(width) + by}"`)
    .replace(/fill="currentColor"\/>/g, `fill="currentColor" stroke="currentColor" stroke-width="${by}"/>`);

/** The accent says recording; everything else is a grey that stands out on dark panels, outlined for light ones. */
function tray(shape, size) {
  const lines = drawing(shape);
  if (shape === "open" || shape === "half") {
    return svg(size, 22, `<g color="${recording}">${lines}</g>`);
  }
  return svg(size, 22, `<g color="${dark}" opacity=".9">${widened(lines, 1.3)}</g><g color="${middle}">${lines}</g>`);
}

/** Neutral: the app's icon says nothing about recording. */
function app(size) {
  // Small ones need all the room.
  const eye = size < 32 ? 19 : 17;
  const at = (22 - eye) / 2;
  const ground = `<rect x=".5" y=".5" width="21" height="21" rx="5" fill="#2b2b31" stroke="#6a6a74" stroke-width=".5"/>`;
  const lines = drawing("app");
  const place = `translate(${at} ${at}) scale(${eye / 22})`;
  return svg(size, 22, `${ground}<g color="${light}" transform="${place}">${lines}</g>`);
}

function render(picture, ...path) {
  const file = join(here, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, execFileSync("rsvg-convert", ["--format=png"], { input: picture }));
}

for (const shape of shapes) {
  for (const size of trays) {
    render(tray(shape, size), "tray", `${shape}-${size}.png`);
  }
}
for (const size of sizes) {
  render(app(size), "app", `${size}.png`);
  render(app(size), "hicolor", `${size}x${size}`, "apps", "eyelid.png");
}
const scalable = join(here, "hicolor", "scalable", "apps");
mkdirSync(scalable, { recursive: true });
writeFileSync(join(scalable, "eyelid.svg"), `${app(128)}\n`);
render(app(512), "icon.png");
