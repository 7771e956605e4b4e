// Measures on the virtual desktop. Nothing here passes or fails by a time.

import { build, page, pagePackages } from "./build.mjs";
import { setup } from "./setup.mjs";
import { step } from "./steps.mjs";

setup(["build", "desktop", "test"]);
pagePackages();
page();
build();
// Measurements are end-to-end tests that are ignored unless asked for, one at a time, and print their figures.
step("figures", "cargo", [
  ...["test", "--release", "--locked", "--workspace", "--test", "e2e", "--"],
  ...["figures", "--ignored", "--nocapture", "--test-threads=1"],
]);
