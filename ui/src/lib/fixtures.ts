// States for tests and the preview.

import type { Category, Hold, HoldInfo, Snapshot, Wall } from "./protocol";

/** An instant by the local clock, so that tests hold in every time zone. Tuesday 24 November 2026. */
export function at(time: string, day = 24): Wall {
  const [hours, minutes, seconds = 0] = time.split(":").map(Number) as [number, number, number?];
  return new Date(2026, 10, day, hours, minutes, 0, Math.round(seconds * 1000)).getTime();
}

/** A hold since 14:03. */
export function hold(name: Hold, message: string, until: Wall | null = null): HoldInfo {
  return { hold: name, since: at("14:03"), until, category: null, message };
}

/** A category, all on. */
export function category(id: string, title: string, names: string[]): Category {
  const entries = names.map((name) => ({ id: name.toLowerCase().replace(/\W+/g, "-"), title: name, on: true }));
  return { id, title, on: true, entries };
}

/** Recording everything since 14:02. */
export function recording(): Snapshot {
  return {
    status: { phase: "recording", since: at("14:02"), holds: [] },
    consent: {
      given: at("09:12", 20),
      version: "2026-11-24",
      streams: { screen: true, keys: "text", pointer: true, focus: true },
    },
    consent_version: "2026-11-24",
    stored: [],
    acknowledged: null,
    ending: null,
    last_app: "Firefox",
    rules: {
      mode: "all-but-sensitive",
      categories: [
        category("chat", "Chat and messaging", [
          "Slack",
          "Discord",
          "Microsoft Teams",
          "Signal",
          "Element",
          "Telegram",
        ]),
        category("banking", "Banking and payments", ["GnuCash", "PayPal", "Wise"]),
      ],
      own: [],
    },
    settings: {
      hold_back_seconds: 3,
      autostart: false,
      notifications: true,
      idle_minutes: 5,
      keep_days: 14,
      keep_gigabytes: 5,
      text_apps: [],
      hotkeys: { pause: "Ctrl+Alt+P", panic: "Ctrl+Alt+Shift+P" },
      pill: [],
      schedule: [],
    },
    faults: [],
    recipient: "verified",
    key: { passphrase: false, recovery: { state: "none" } },
    system: {
      display: "x11",
      sandbox: { landlock: true, seccomp: true, undumpable: true, locked: true },
      pill_visible: true,
      preview: false,
    },
    cost: {
      cpu_seconds: 12,
      cpu_percent: 0.42,
      memory_bytes: 48_300_000,
      disk_bytes: 212_000_000,
      uptime_seconds: 2900,
      mirrored: 0,
    },
    withheld: [],
    rotation_due: false,
  };
}
