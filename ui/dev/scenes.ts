// Made-up states, each a moment in a day.

import { at, hold, recording } from "../src/lib/fixtures";
import type { Category, Snapshot } from "../src/lib/protocol";

const packs = import.meta.glob<string>("../../src-tauri/crates/policy/packs/*.toml", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The built-in packs, as far as the window shows them. */
function categories(): Category[] {
  return Object.values(packs).flatMap((text) => {
    const [head = "", ...entries] = text.split("[[entry]]");
    const named = (block: string) => ({
      id: /^id = "(.+)"/m.exec(block)?.[1] ?? "",
      title: /^title = "(.+)"/m.exec(block)?.[1] ?? "",
      on: true,
    });
    return entries.length === 0 ? [] : [{ ...named(head), entries: entries.map(named) }];
  });
}

const acknowledged: Snapshot["acknowledged"] = {
  asked: at("14:03:07.412"),
  held: at("14:03:07.431"),
  stored: [
    { stream: "screen", at: at("14:03:03.870") },
    { stream: "keys", at: at("14:03:04.118") },
    { stream: "pointer", at: at("14:03:04.402") },
    { stream: "focus", at: at("13:58:41.007") },
  ],
};

function base(): Snapshot {
  const snapshot = recording();
  snapshot.rules.categories = categories();
  snapshot.rules.own = [
    { id: "payslip", verdict: "hold", title: "Payslip" },
    { id: "inkscape", verdict: "metadata", exe: "inkscape", class: "Inkscape" },
  ];
  snapshot.settings.schedule = [
    { days: ["mon", "tue", "wed", "thu", "fri"], from: "12:00", to: "13:00" },
    { days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: "22:00", to: "07:00" },
  ];
  snapshot.settings.text_apps = ["xterm"];
  return snapshot;
}

function held(phase: "paused" | "off", holds: Snapshot["status"]["holds"]): Snapshot {
  return { ...base(), status: { phase, since: at("14:03"), holds } };
}

/** Every scene by name. */
export const scenes: Record<string, () => Snapshot> = {
  recording: base,
  filtered: () => ({ ...base(), status: { phase: "filtered", since: at("14:02"), holds: [] } }),
  paused: () => ({
    ...held("paused", [hold("user-pause", "You paused.", at("15:30"))]),
    acknowledged,
    last_app: "A program with a name that is so long that it does not fit into one line of the window",
  }),
  ending: () => ({
    ...held("paused", [hold("user-pause", "You paused.", at("14:33"))]),
    acknowledged,
    ending: { at: at("14:33"), shown: true },
  }),
  chat: () => ({
    ...held("paused", [
      hold("user-pause", "You paused."),
      hold("sensitive-app", "A chat is in front."),
      hold("opt-out", "Your schedule opts out now.", at("07:00", 25)),
    ]),
    acknowledged,
  }),
  protected: () => ({
    ...base(),
    key: { passphrase: true, recovery: { state: "valid", at: at("09:12", 20) } },
  }),
  voided: () => ({
    ...base(),
    key: { passphrase: true, recovery: { state: "voided", at: at("13:40") } },
    rotation_due: true,
  }),
  faults: () => ({
    ...held("off", [
      hold("config-invalid", "A file of your settings cannot be read."),
      hold("clock-uncertain", "The clock has jumped. Confirm that it is right to go on."),
    ]),
    recipient: "locked",
    system: {
      display: "x11",
      sandbox: { landlock: true, seccomp: true, undumpable: false, locked: false },
      pill_visible: false,
      preview: false,
    },
    faults: [
      {
        code: "rules",
        message: "rules.toml, line 12: “verdcit” is not a known key.",
        cure: "Mend the line; Eyelid takes it up by itself. Until then nothing is recorded.",
      },
      {
        code: "hotkey",
        message: "Ctrl+Alt+P is taken by another program.",
        cure: "Choose another key below, or free it there.",
      },
    ],
  }),
  "first-run": () => ({
    ...base(),
    ...{ consent: null, last_app: null },
    rules: { mode: "all-but-sensitive", categories: categories(), own: [] },
    status: {
      phase: "off",
      since: at("14:00"),
      holds: [hold("not-consented", "You have not agreed to any recording.")],
    },
  }),
};
