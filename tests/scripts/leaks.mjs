// Builds Eyelid and runs the instrument that would show a leak.
//
// Arguments go to the instrument: --wm NAME --switches N --seed N

import { join } from "node:path";
import { build, page, pagePackages, target } from "./build.mjs";
import { setup } from "./setup.mjs";
import { step } from "./steps.mjs";

setup(["build", "desktop", "test"]);
pagePackages();
page();
build({ withTour: true });
step("leaks", join(target, "eyelid-leaks"), process.argv.slice(2));
