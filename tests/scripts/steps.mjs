// Running one thing after the other, and stopping at the first that fails.

import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const begun = Date.now();

/** Ends the whole run with a message. */
export function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}

/** Runs a program; a failure ends the run and names the step. */
export function step(name, program, args, { env = {}, quiet = false } = {}) {
  if (!quiet) {
    const seconds = Math.round((Date.now() - begun) / 1000);
    console.log(`\n── ${name} (${seconds} s)`);
  }
  const result = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  if (result.error) {
    fail(`Failed: ${name}. ${program} could not be started: ${result.error.message}`);
  }
  if (result.status !== 0) {
    const how = result.signal ? `signal ${result.signal}` : `exit code ${result.status}`;
    fail(`Failed: ${name} (${program} ${args.join(" ")}: ${how}).`);
  }
}

/** What a program prints, or null if it cannot be run or fails. */
export function output(program, args) {
  const result = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  return result.error || result.status !== 0 ? null : result.stdout;
}
