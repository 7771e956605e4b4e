// Installs what is needed, then runs every test; the end-to-end tests come last. What clippy says is asked for by
// `npm run lint`: it would have all dependencies compiled a second time.
//
// Arguments are names of end-to-end tests: with some, only these are built for and run.

import { build, buildAll, bundle, page, pagePackages } from "./build.mjs";
import { setup } from "./setup.mjs";
import { fail, output, step } from "./steps.mjs";

const chosen = process.argv.slice(2);

/** Each end-to-end test has a desktop of its own, and mostly waits. */
const threads = process.env.EYELID_TEST_THREADS ?? "6";

// An error that a test returns says where it happened by its words.
const env = { RUST_LIB_BACKTRACE: "0" };

function endToEnd() {
  bundle();
  step(
    "end-to-end tests",
    "cargo",
    ["test", "--release", "--locked", "--workspace", "--test", "e2e", "--", `--test-threads=${threads}`, ...chosen],
    { env },
  );
}

setup(["build", "desktop", "test"]);
pagePackages({ always: chosen.length === 0 });
if (chosen.length > 0) {
  page();
  build();
  endToEnd();
  process.exit(0);
}

step("the page's types", "npm", ["run", "check", "-w", "ui"]);
step("the page's tests", "npm", ["test", "-w", "ui"]);
page();
step("formatting", "cargo", ["fmt", "--all", "--check"]);
// What is selected is always the whole workspace, and only the targets differ: were packages left out, their
// dependencies would be built again with other features.
buildAll();
const metadata = output("cargo", ["metadata", "--locked", "--no-deps", "--format-version", "1"]);
if (metadata === null) {
  fail("Failed: cargo metadata. Is Cargo.lock up to date?");
}
const integration = JSON.parse(metadata)
  .packages.flatMap((p) => p.targets)
  .filter((t) => t.kind.includes("test") && t.name !== "e2e")
  .flatMap((t) => ["--test", t.name]);
step(
  "unit and integration tests",
  "cargo",
  ["test", "--release", "--locked", "--workspace", "--lib", "--bins", ...integration],
  { env },
);
step("tests in the documentation", "cargo", ["test", "--release", "--locked", "--workspace", "--doc"], { env });
endToEnd();
