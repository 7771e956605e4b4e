// A reader of made-up days.

import { dayOf, HOUR, isoDay, MINUTE } from "../src/lib/days";
import { joined } from "../src/lib/lanes";
import type {
  ExportState,
  Failure,
  LogEntry,
  LogPage,
  Overview,
  PictureInfo,
  ReadAnswer,
  ReadAsk,
  Report,
  ReviewAnswer,
  ReviewAsk,
  Span,
  Wall,
} from "../src/lib/protocol";
import { APPS, chance, daysBefore, eventsIn, inFront, picturesIn, recordedOn } from "./day";

const now = Date.now();
const days = daysBefore(now);
const recorded = days.flatMap((day) => recordedOn(day, now));
const forgotten: Span[] = [];
const [WIDE, HIGH] = [1600, 900];

const failures: Record<string, Failure> = {
  locked: { code: "keyring", message: "Your keyring is locked.", cure: "Unlock it and try again." },
  "no-key": { code: "no-key", message: "There is no key yet.", cure: "It is made when you agree to recording." },
};

/** A reader; `vault` is empty, locked, passphrase, no-key, damaged, broken, back (an older copy), or nothing of that. */
export function reader(vault: string, rotating: (due: boolean) => void): (ask: ReviewAsk) => Promise<ReviewAnswer> {
  let exporting: ExportState = { kind: "none" };
  let opened = vault !== "passphrase";
  const answer = async (ask: ReviewAsk): Promise<ReviewAnswer> => {
    await new Promise((done) => setTimeout(done, ask.kind === "read" ? 25 : 5));
    switch (ask.kind) {
      case "read":
        if (!opened && ask.value.kind !== "hours" && ask.value.kind !== "log") throw wanted;
        if (failures[vault] && ask.value.kind !== "hours" && ask.value.kind !== "log") throw failures[vault];
        return { kind: "read", value: read(ask.value, vault) };
      case "forget":
        if (ask.value.kind === "span") forgotten.push(ask.value.value);
        rotating(true);
        setTimeout(() => rotating(false), 4000);
        return { kind: "forgotten" };
      case "export-begin":
        exporting = { kind: "running", value: { done: 0, of: 2140 } };
        return { kind: "export", value: exporting };
      case "export-state":
        if (exporting.kind === "running") {
          const done = exporting.value.done + 107;
          exporting =
            done > 2140
              ? { kind: "done", value: { folder: "/home/you/Documents/Eyelid export 2026-11-24 14.03" } }
              : { kind: "running", value: { done, of: 2140 } };
        }
        return { kind: "export", value: exporting };
      case "export-cancel":
        exporting = { kind: "cancelled" };
        return { kind: "export", value: exporting };
      case "close":
        return { kind: "closed" };
      case "with-passphrase":
        if (ask.value.passphrase !== "correct horse battery") throw wrong;
        opened = true;
        return answer(ask.value.ask);
      case "key":
        if (ask.value.kind === "recovery-new") return { kind: "key", value: { kind: "recovery", value: groups } };
        return { kind: "key", value: { kind: "done" } };
    }
  };
  return answer;
}

const wanted: Failure = {
  code: "passphrase",
  message: "The key of your recording is under a passphrase.",
  cure: "Give it.",
};
const wrong: Failure = {
  code: "passphrase",
  message: "That is not the passphrase of your recording.",
  cure: "Type it again; capitals and blanks count.",
};
/** Of no key: its check letters do not fit. */
const groups = ["AGE-SECRET-KEY-1", ..."QYPZRY9X8GF2TVDWS3JN54KHCE6MUA7LQYPZRY9X8GF2TVDWS3JN54KHCE".match(/.{1,4}/g)!];

function read(ask: ReadAsk, vault: string): ReadAnswer {
  switch (ask.kind) {
    case "hours":
      return { kind: "hours", value: vault === "empty" ? [] : hours().map(({ at, seconds }) => ({ at, seconds })) };
    case "overview":
      return { kind: "overview", value: overview(ask.value, vault) };
    case "moment": {
      const events = kept([ask.value]).flatMap(eventsIn);
      return {
        kind: "moment",
        value: {
          picture: shown(ask.value.to),
          events: events.slice(-500),
          more: events.length > 500,
          moves: 212,
          scrolls: 9,
        },
      };
    }
    case "picture":
      return { kind: "picture", value: 0 };
    case "search": {
      const found = kept([ask.value.span]).flatMap(picturesIn).reverse();
      const sought = ask.value.text.toLowerCase();
      const hits = found.flatMap((at) => {
        const [{ app, title, what } = { app: "", title: "", what: { kind: "focus" } as const }] = eventsIn({
          from: at,
          to: at + 2999,
        });
        const text = what.kind === "text" ? what.value : null;
        const fits = (text ?? "").toLowerCase().includes(sought) || (title ?? "").toLowerCase().includes(sought);
        return fits && chance(at, 3) < 0.2 ? [{ at, app: app ?? "", title, text }] : [];
      });
      return { kind: "found", value: { hits: hits.slice(0, 60), more: hits.length > 60 } };
    }
    case "report":
      return { kind: "report", value: report(ask.value) };
    case "report-save":
      return { kind: "saved", value: "/home/you/Documents/Eyelid report 2026-11-24.html" };
    case "log":
      return { kind: "log", value: log(ask.value, vault) };
    case "unlock":
      return { kind: "unlocked" };
    case "verify":
      return {
        kind: "verified",
        value: { records: 18_422, damage: vault === "damaged" ? ["Minute 14:03 of 24 November does not open."] : [] },
      };
  }
}

/** What of these ranges was recorded and not forgotten. */
function kept(spans: Span[]): Span[] {
  const cut = (whole: Span[], { from, to }: Span) =>
    whole.flatMap((span) =>
      [
        { from: span.from, to: Math.min(span.to, from - 1) },
        { from: Math.max(span.from, to + 1), to: span.to },
      ].filter((part) => part.from <= part.to),
    );
  const inside = spans.flatMap(({ from, to }) =>
    recorded.map((span) => ({ from: Math.max(from, span.from), to: Math.min(to, span.to) })),
  );
  return forgotten.reduce(
    cut,
    inside.filter(({ from, to }) => from <= to),
  );
}

function hours(): Report["hours"] {
  const found: Report["hours"] = [];
  for (let at = Math.floor(days[0]!.from / HOUR) * HOUR; at <= now; at += HOUR) {
    const spans = kept([{ from: at, to: at + HOUR - 1 }]);
    const seconds = Math.round(spans.reduce((sum, { from, to }) => sum + to + 1 - from, 0) / 1000);
    if (seconds === 0) continue;
    found.push({
      at,
      seconds,
      frames: spans.flatMap(picturesIn).length,
      keys: seconds,
      pointer: 2 * seconds,
      focus: 60,
    });
  }
  return found;
}

function overview(span: Span, vault: string): Overview {
  const spans = kept([span]);
  const lanes = APPS.map(([app]): { app: string; spans: Span[] } => ({ app, spans: [] }));
  for (const { from, to } of spans) {
    for (let minute = Math.floor(from / MINUTE); minute <= to / MINUTE; minute++) {
      const whole = { from: minute * MINUTE, to: (minute + 1) * MINUTE - 1 };
      lanes[inFront(minute)]!.spans.push(whole);
      if (chance(minute, 9) < 0.3) lanes[Math.floor(chance(minute, 10) * APPS.length)]!.spans.push(whole);
    }
  }
  return {
    recorded: spans,
    lanes: lanes
      .filter(({ spans }) => spans.length > 0)
      .map(({ app, spans }) => ({ app, spans: joined(spans) }))
      .sort((a, b) => b.spans.length - a.spans.length),
    pictures: spans.flatMap(picturesIn),
    damaged: vault === "damaged" ? 3 : 0,
  };
}

function shown(at: Wall): PictureInfo | null {
  const taken = kept([{ from: at - MINUTE, to: at }])
    .flatMap(picturesIn)
    .at(-1);
  if (taken === undefined) return null;
  const minute = Math.floor(taken / MINUTE);
  const named = (index: number) => {
    const [app, titles] = APPS[index]!;
    return { app, title: titles[Math.floor(taken / (3 * MINUTE)) % titles.length]! };
  };
  return {
    at: taken,
    width: WIDE,
    height: HIGH,
    windows: [
      { ...named(inFront(minute - 15)), rect: [60, 80, 980, 720] },
      { ...named(inFront(minute)), rect: [520, 140, 1000, 700] },
    ],
  };
}

/** The picture of this time. */
export function drawn(at: Wall): string {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDE, HIGH];
  const paint = canvas.getContext("2d")!;
  paint.fillStyle = "#2b2e33";
  paint.fillRect(0, 0, WIDE, HIGH);
  for (const { app, rect } of shown(at)?.windows ?? []) {
    const [x, y, w, h] = rect;
    const dark = ["Code", "XTerm"].includes(app);
    paint.fillStyle = dark ? "#1b1f27" : "#fafaf7";
    paint.fillRect(x, y, w, h);
    paint.fillStyle = "#8a8f98";
    paint.fillRect(x, y, w, 34);
    for (let line = 0; line < h / 34 - 3; line++) {
      paint.fillStyle = dark ? "#7f8fa6" : "#55585e";
      paint.fillRect(x + 30 + (dark ? (line % 3) * 24 : 0), y + 66 + line * 32, chance(at, line) * w * 0.7 + 40, 9);
    }
  }
  return canvas.toDataURL();
}

function report(span: Span): Report {
  const inside = days.filter(({ from, to }) => to >= span.from && from <= span.to);
  return {
    hours: hours().filter(({ at }) => at + HOUR > span.from && at <= span.to),
    withheld: inside.flatMap(({ from }) => [
      { day: isoDay(from), category: "chat", seconds: 2520 },
      { day: isoDay(from), category: "banking", seconds: 540 },
      { day: isoDay(from), category: "opt-out", seconds: 3600 },
      { day: isoDay(from), category: "user-pause", seconds: 900 },
      { day: isoDay(from), category: "secret-field", seconds: 25 },
    ]),
  };
}

function log(before: number | null, vault: string): LogPage {
  const today = dayOf(now);
  const nine = { from: today.from + 9 * HOUR, to: today.from + 17 * HOUR - 1 };
  const read = (program: string, purpose: string, span: Span, items: number): LogEntry => ({
    kind: "reading",
    value: { program, purpose, span, items },
  });
  const all: [number, LogEntry][] = [
    [1, read("Eyelid", "timeline", nine, 214)],
    [4, read("Eyelid", "search", { from: days[0]!.from, to: now }, 18_422)],
    [31, { kind: "rotated" }],
    [31.1, { kind: "forgotten", value: { span: { from: now - 46 * MINUTE, to: now - 31 * MINUTE }, how: "tray" } }],
    [95, { kind: "loosened", value: { what: "A rule was loosened.", client: "tray" } }],
    [1500, { kind: "export", value: { program: "eyelidctl", span: days[4]!, items: 9120 } }],
    [1500.1, read("eyelidctl", "export", days[4]!, 9120)],
    [1610, { kind: "loosened", value: { what: "Text typed into one more app is recorded.", client: "eyelidctl" } }],
    [4400, { kind: "forgotten", value: { span: null, how: "eyelidctl" } }],
    [4410, { kind: "consent-withdrawn" }],
    [4500, read("\u202eprogram <b>of</b> another name", "backup", { from: -9e15, to: 9e15 }, 1)],
    [4600, { kind: "loosened", value: { what: "The pause was ended.", client: "tray" } }],
    [4700, { kind: "consent" }],
  ];
  const lines = all.map(([ago, entry], i) => ({ number: 213 - i, at: now - ago * MINUTE, entry }));
  const older =
    before === null ? lines : lines.map((line) => ({ ...line, at: line.at - 200 * HOUR, number: line.number - 13 }));
  return {
    entries: vault === "empty" ? [] : older,
    more: before === null && vault !== "empty",
    chain_holds: vault !== "broken",
    broken_at: vault === "broken" ? 187 : null,
    rolled_back: vault === "locked" ? null : vault === "back",
  };
}
