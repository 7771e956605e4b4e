// Feeds garbage to whatever takes input from outside, led by which code it reaches (cargo-fuzz, libFuzzer).
//
// Arguments: seconds for each target (600 unless given), then names of targets (all unless given)

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setup } from "./setup.mjs";
import { fail, output, root, step } from "./steps.mjs";

/** Each target with the folders of the corpus that it begins with. */
const targets = {
  messages: [["protocol", "messages"]],
  wire: [["protocol", "messages"]],
  settings: [["protocol", "config"]],
  rules: [["policy", "rules"]],
  records: [
    ["vault", "events", "e"],
    ["vault", "frames", "f"],
    ["vault", "tiles", "t"],
  ],
};

/** As the target takes it: a message on a wire has its length before it, a record its kind. */
function input(target, kind, bytes) {
  if (target === "wire") {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  }
  return kind === undefined ? bytes : Buffer.concat([Buffer.from(kind), bytes]);
}

const [seconds = "600", ...chosen] = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : Object.keys(targets);
if (!/^[0-9]+$/.test(seconds) || names.some((name) => !(name in targets))) {
  fail(`Usage: npm run fuzz [-- SECONDS [TARGET...]]; targets: ${Object.keys(targets).join(", ")}`);
}
setup(["build"]);
const work = join(root, "target", "fuzz");
const tools = join(work, "tools");
if (output("cargo", ["fuzz", "--version"]) === null && !existsSync(join(tools, "bin", "cargo-fuzz"))) {
  step("cargo-fuzz", "cargo", ["install", "cargo-fuzz", "--locked", "--root", tools]);
}
const env = { PATH: `${join(tools, "bin")}:${process.env.PATH}`, CARGO_TARGET_DIR: join(work, "build") };
for (const target of names) {
  const corpus = join(work, "corpus", target);
  mkdirSync(corpus, { recursive: true });
  for (const [crate, folder, kind] of targets[target]) {
    const from = join(root, "src-tauri/crates", crate, "tests/corpus", folder);
    for (const file of readdirSync(from)) {
      writeFileSync(join(corpus, `${folder}-${file}`), input(target, kind, readFileSync(join(from, file))));
    }
  }
  const found = `${join(work, "found", target)}/`;
  mkdirSync(found, { recursive: true });
  // The sanitizers need a nightly compiler; overflows and panics are found without.
  step(`fuzzing ${target}`, "cargo", [
    ...["fuzz", "run", "--fuzz-dir", "tests/fuzz", "--sanitizer", "none", "--debug-assertions", target, corpus, "--"],
    ...[`-max_total_time=${seconds}`, "-rss_limit_mb=4096", "-timeout=20", "-print_final_stats=1", "-verbosity=0"],
    `-artifact_prefix=${found}`,
  ], { env });
}
console.log("\nNo finding.");
