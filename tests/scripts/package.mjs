// Makes the Debian package: target/release/bundle/deb/

import { build, bundle, page, pagePackages } from "./build.mjs";
import { setup } from "./setup.mjs";

setup(["build"]);
pagePackages();
page();
build();
bundle();
