// Builds Eyelid and starts it; without a display, shows the guided tour on a virtual desktop instead.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { build, page, pagePackages, target } from "./build.mjs";
import { setup } from "./setup.mjs";
import { fail, root } from "./steps.mjs";

const display = Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
setup(display ? ["build"] : ["build", "desktop"]);
pagePackages();
page();
build({ withTour: !display });

const name = display ? "eyelid" : "eyelid-tour";
console.log(display ? "\n── Eyelid" : "\n── No display here: the guided tour");
const app = spawn(join(target, name), process.argv.slice(2), { cwd: root, stdio: "inherit" });
// The terminal sends Ctrl+C to both; the app ends as it sees fit, and this waits for it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => app.kill("SIGTERM"));
app.on("error", (error) => fail(`${name} could not be started: ${error.message}`));
app.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
