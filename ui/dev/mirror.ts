// A made-up screen for the mirror.

import type { MirrorView, MirrorWindow, Snapshot, Streams } from "../src/lib/protocol";

const plain = { title: null, cause: null, category: null, allow_site: null };
const never = (app: string) => ({ "never-record": { exe: `/usr/bin/${app.toLowerCase()}`, class: app, app_id: null } });

const windows: MirrorWindow[] = [
  { ...plain, id: 1, app: "Inkscape", title: "poster.svg", rect: [40, 60, 820, 700], shown: true, never: never("I") },
  {
    ...plain,
    id: 2,
    app: "Slack",
    rect: [700, 90, 520, 420],
    shown: false,
    cause: "app",
    category: "chat",
    never: null,
  },
  {
    ...plain,
    ...{
      id: 3,
      app: "Firefox",
      rect: [560, 420, 660, 360],
      shown: false,
      cause: "not-listed",
      never: never("Firefox"),
    },
    allow_site: { add: { id: "docs", verdict: "record", site: "docs.example.org" } },
  },
  {
    ...plain,
    ...{ id: 5, app: "Chromium", rect: [60, 40, 480, 280], shown: false, cause: "unknown-site" },
    never: never("Chromium"),
    allow_site: { add: { id: "unknown-sites-chromium", verdict: "record", exe: "chromium", class: "Chromium" } },
  },
  { ...plain, id: 4, app: "Notes", title: "Diary", rect: [120, 360, 400, 300], shown: true, never: never("Notes") },
];

const colours: Record<string, string> = { Inkscape: "#e9e4d8", Notes: "#fbfbfd" };

/** What the mirror of this state shows. */
export function looked(snapshot: Snapshot, dropped: number, streams: Streams): MirrorView {
  const held = snapshot.consent !== null && snapshot.status.holds.length > 0;
  if (held) return { state: "held", picture: null, keys: [] };
  const number = Math.floor(Date.now() / 8000);
  const picture = { number, at: number * 8000, width: 1280, height: 800, windows };
  const fate = Date.now() % 8000 < 3000 ? "waits" : "stored";
  return {
    state: snapshot.consent === null ? "preview" : "recording",
    picture: number === dropped || !streams.screen ? null : { ...picture, fate },
    keys:
      streams.keys === "none"
        ? []
        : [
            { app: "Notes", title: "Diary", text: "Dear diary, it ", shortcuts: [], count: 0 },
            { app: "XTerm", title: "bash", text: "", shortcuts: ["Ctrl+S"], count: 12 },
          ],
  };
}

/** Its picture. */
export function drawing(): string {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1280, 800];
  const paint = canvas.getContext("2d")!;
  paint.fillStyle = "#2a2a2a";
  paint.fillRect(0, 0, 1280, 800);
  for (const { app, rect, shown } of windows) {
    paint.fillStyle = shown ? (colours[app] ?? "#888") : "#707070";
    paint.fillRect(...rect);
    paint.fillStyle = "#333";
    for (let line = 0; shown && line < rect[3] / 40 - 2; line++) {
      paint.fillRect(rect[0] + 24, rect[1] + 40 + line * 36, ((line * 73) % 5) * 50 + 120, 8);
    }
  }
  return canvas.toDataURL();
}
