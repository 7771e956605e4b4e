// Builds Eyelid and uses it for a day, ten times as fast.
//
// Arguments go to the program: --minutes N --seed N --svg FILE

import { join } from "node:path";
import { build, page, pagePackages, target } from "./build.mjs";
import { setup } from "./setup.mjs";
import { step } from "./steps.mjs";

setup(["build", "desktop", "test"]);
pagePackages();
page();
build({ withTour: true });
step("soak", join(target, "eyelid-soak"), process.argv.slice(2));
