import { expect, test, vi } from "vitest";
import { byDay, said, standing } from "./logwords";
import type { KeyChange, LogEntry, LogPage } from "./protocol";

vi.hoisted(() => vi.stubEnv("TZ", "Europe/Berlin"));

const local = (text: string) => Date.parse(text);
const now = local("2026-11-24T18:00");
const line = (entry: LogEntry, at = now, number = 1) => ({ number, at, entry });
const words = (entry: LogEntry) => said(line(entry), now);
const span = { from: local("2026-11-24T09:00"), to: local("2026-11-24T17:00") - 1 };

test("a reading says who, what for, which range and how many", () => {
  const reading = (program: string, purpose: string, items: number) =>
    words({ kind: "reading", value: { program, purpose, span, items } });
  expect(reading("Eyelid", "timeline", 214)).toEqual({
    what: "The window looked at your timeline",
    detail: "today 09:00–17:00, 214 records",
  });
  expect(reading("eyelidctl", "export", 1).detail).toBe("today 09:00–17:00, 1 record");
  expect(reading("Eyelid", "verify", 12_345).detail).toContain("12,345 records");
});

test("a range without an end is said in words", () => {
  const everything = { from: -9e15, to: 9e15 };
  const entry = { program: "Eyelid", purpose: "verify", span: everything, items: 3 };
  expect(words({ kind: "reading", value: entry }).detail).toBe("all of it, 3 records");
  expect(words({ kind: "forgotten", value: { span: everything, how: "tray" } }).what).toBe("Everything was forgotten");
});

test("an open end is where the entry was written, and an open beginning is left out", () => {
  const said = (from: number, to: number) => words({ kind: "forgotten", value: { span: { from, to }, how: "tray" } });
  expect(said(now - 15 * 60_000, 9e15).detail).toBe("today 17:45–18:00, in Eyelid's own menu or window");
  expect(said(-9e15, local("2026-11-20T08:00")).detail).toMatch(/^up to Friday 20 November 08:00/);
});

test("consents, loosenings, exports, forgettings and keys have their words", () => {
  expect(words({ kind: "consent" }).what).toBe("You agreed to recording");
  expect(words({ kind: "consent-withdrawn" }).what).toBe("You withdrew your consent");
  expect(words({ kind: "loosened", value: { what: "A rule was loosened.", client: "eyelidctl" } })).toEqual({
    what: "A rule was loosened",
    detail: "asked by eyelidctl",
  });
  expect(words({ kind: "export", value: { program: "eyelidctl", span, items: 9 } }).what).toBe(
    "eyelidctl wrote your recording out, readable",
  );
  expect(words({ kind: "forgotten", value: { span, how: "retention" } })).toEqual({
    what: "A part was forgotten",
    detail: "today 09:00–17:00, because it was old",
  });
  expect(words({ kind: "forgotten", value: { span: null, how: "eyelidctl" } })).toEqual({
    what: "Everything was forgotten",
    detail: "by eyelidctl",
  });
  expect(words({ kind: "rotated" }).what).toBe("The key was replaced");
  const change = (what: KeyChange, program: string) => words({ kind: "key", value: { what, program } });
  expect(change("passphrase-set", "Eyelid")).toEqual({
    what: "The key was put under a passphrase",
    detail: "by Eyelid's own menu or window",
  });
  expect(change("recovery-voided", "rotation").detail).toBe("by the replacement of the key");
});

test("of a part that was not a whole range the log says what it was", () => {
  const detail = (how: string) => words({ kind: "forgotten", value: { span, how } }).detail;
  expect(["one app", "one picture", "pictures"].map(detail)).toEqual([
    "today 09:00–17:00, one app only",
    "today 09:00–17:00, one picture",
    "today 09:00–17:00, pictures",
  ]);
});

test("a time that no calendar has is said all the same", () => {
  for (const at of [9e15, -9e15, 2 ** 63, -(2 ** 63)]) {
    const entries: LogEntry[] = [
      { kind: "rotated" },
      { kind: "reading", value: { program: "Eyelid", purpose: "timeline", span: { from: at, to: at }, items: 1 } },
      { kind: "forgotten", value: { span: { from: now, to: at }, how: "tray" } },
      { kind: "forgotten", value: { span: { from: at, to: now }, how: "tray" } },
    ];
    for (const entry of entries) expect(said(line(entry, at), now).what).not.toBe("");
    const days = byDay([line({ kind: "rotated" }, at), line({ kind: "rotated" }, at, 2)], now);
    expect(days.map(({ lines }) => lines.length)).toEqual([2]);
  }
});

test("what a program calls itself turns no text around", () => {
  const entry = { program: "\u202eevil", purpose: "a\nb", span, items: 0 };
  expect(words({ kind: "reading", value: entry }).what).toBe("\ufffdevil read your recording (a⏎b)");
});

test("entries are grouped by local day, newest first as they come", () => {
  const at = ["2026-11-24T00:10", "2026-11-23T23:50", "2026-11-23T08:00", "2026-11-20T08:00"].map(local);
  const days = byDay(
    at.map((time, i) => line({ kind: "rotated" }, time, 9 - i)),
    now,
  );
  expect(days.map(({ name, lines }) => [name, lines.length])).toEqual([
    ["Today", 1],
    ["Yesterday", 2],
    ["Friday 20 November", 1],
  ]);
});

test("a broken chain and a rollback are faults, each with its sentence", () => {
  const page: LogPage = { entries: [], more: false, chain_holds: true, broken_at: null, rolled_back: false };
  expect(standing(page).fault).toBe(false);
  expect(standing({ ...page, chain_holds: false, broken_at: 17 })).toEqual({
    fault: true,
    lines: ["The log has been changed outside Eyelid, from entry 17 on."],
  });
  expect(standing({ ...page, chain_holds: false, rolled_back: true }).lines).toHaveLength(2);
  expect(standing({ ...page, rolled_back: null }).fault).toBe(false);
});
