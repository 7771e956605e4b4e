// Builds Eyelid and measures what it costs, beside others. Nothing here passes or fails by a time.
//
// Arguments go to the instrument: --only WORD --seconds N --repeats N --json FILE --svg FILE

import { join } from "node:path";
import { build, page, pagePackages, target } from "./build.mjs";
import { setup } from "./setup.mjs";
import { step } from "./steps.mjs";

setup(["build", "desktop", "test", "bench"]);
pagePackages();
page();
build({ withTour: true, examples: ["empty"] });
step("bench", join(target, "eyelid-bench"), process.argv.slice(2));
