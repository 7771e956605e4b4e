import { expect, test, vi } from "vitest";
import { dayOf, HOUR } from "./days";
import { columns, duration, totals, withheld } from "./figures";
import { category } from "./fixtures";
import type { Report } from "./protocol";

vi.hoisted(() => vi.stubEnv("TZ", "Europe/Berlin"));

const day = dayOf(Date.parse("2026-11-24T12:00"));
const hour = (at: number, seconds: number) => ({ at, seconds, frames: 2, keys: 3, pointer: 4, focus: 5 });
const report: Report = {
  hours: [hour(day.from + 9 * HOUR, 1800), hour(day.from + 10 * HOUR, 3600)],
  withheld: [
    { day: "2026-11-23", category: "user-pause", seconds: 60 },
    { day: "2026-11-24", category: "chat", seconds: 300 },
    { day: "2026-11-24", category: "user-pause", seconds: 900 },
    { day: "2026-11-24", category: "<b>", seconds: 1 },
  ],
};

test("a day is drawn by the hour, empty ones included, whatever the clocks do", () => {
  const drawn = columns(report, day);
  expect([drawn.by, drawn.columns.length]).toEqual(["hour", 24]);
  expect(drawn.columns[10]).toEqual({ at: day.from + 10 * HOUR, seconds: 3600 });
  expect(columns(report, dayOf(Date.parse("2026-10-25T12:00"))).columns).toHaveLength(25);
});

test("hours are those of the clock where it is off by half an hour", () => {
  vi.stubEnv("TZ", "Asia/Kolkata");
  const day = dayOf(Date.parse("2026-11-24T12:00"));
  const drawn = columns({ ...report, hours: [hour(day.from + 23 * HOUR, 600)] }, day);
  expect([drawn.columns.length, drawn.columns[23]]).toEqual([24, { at: day.from + 23 * HOUR, seconds: 600 }]);
  vi.stubEnv("TZ", "Europe/Berlin");
});

test("a longer range is drawn by the day", () => {
  const drawn = columns(report, { from: dayOf(day.from, -6).from, to: day.to });
  expect([drawn.by, drawn.columns.length, drawn.columns.at(-1)!.seconds]).toEqual(["day", 7, 5400]);
});

test("totals are by stream", () => {
  expect(totals(report.hours)).toEqual({ seconds: 5400, frames: 4, keys: 6, pointer: 8, focus: 10 });
});

test("withheld time stands by day, most first, with names", () => {
  const days = withheld(report, [category("chat", "Chat and messaging", [])]);
  expect(days.map(({ name }) => name)).toEqual(["Monday 23 November 2026", "Tuesday 24 November 2026"]);
  expect(days[1]!.parts.map(({ name }) => name)).toEqual(["You paused", "Chat and messaging", "<b>"]);
});

test("a length is said in minutes", () => {
  expect([0, 20, 60, 5400].map(duration)).toEqual(["none", "less than 1 min", "1 min", "1 h 30 min"]);
});
