import { expect, test, vi } from "vitest";
import { about, dayName, dayOf, daysOf, HOUR, isoDay, neighbour, onDay, range, times } from "./days";

vi.hoisted(() => vi.stubEnv("TZ", "Europe/Berlin"));

const utc = (text: string) => Date.parse(`${text}Z`);
const local = (text: string) => Date.parse(text);

test("a day is as long as the clocks make it", () => {
  const hours = (text: string) => {
    const { from, to } = dayOf(local(text));
    return (to + 1 - from) / HOUR;
  };
  expect([hours("2026-03-29T12:00"), hours("2026-10-25T12:00"), hours("2026-11-24T12:00")]).toEqual([23, 25, 24]);
});

test("a time of day is found behind the change of the clocks", () => {
  const spring = dayOf(local("2026-03-29T12:00"));
  expect(onDay(spring, 7 * 60)).toBe(local("2026-03-29T07:00"));
  expect(onDay(spring, 24 * 60)).toBe(spring.to + 1);
  const autumn = dayOf(local("2026-10-25T12:00"));
  expect(onDay(autumn, 24 * 60) - autumn.from).toBe(25 * HOUR);
});

test("hours of UTC fall into local days", () => {
  const hours = ["2026-11-23T22:00", "2026-11-23T23:00", "2026-11-24T09:00"].map((at) => ({
    at: utc(at),
    seconds: 60,
  }));
  expect(daysOf(hours).map(({ from }) => isoDay(from))).toEqual(["2026-11-23", "2026-11-24"]);
  expect(daysOf([])).toEqual([]);
});

test("the way to the days with something in them skips the others", () => {
  const days = [3, 9, 20].map((day) => dayOf(local(`2026-11-${String(day).padStart(2, "0")}T12:00`)));
  expect(neighbour(days, days[1]!, -1)).toBe(days[0]);
  expect(neighbour(days, dayOf(local("2026-11-12T00:00")), 1)).toBe(days[2]);
  expect(neighbour(days, days[2]!, 1)).toBeNull();
});

test("days have names", () => {
  const now = local("2026-11-24T14:00");
  expect(dayName(local("2026-11-24T00:00"), now)).toBe("Today");
  expect(dayName(local("2026-11-23T23:59"), now)).toBe("Yesterday");
  expect(dayName(local("2026-11-20T08:00"), now)).toBe("Friday 20 November");
  expect(dayName(local("2025-11-20T08:00"), now)).toBe("Thursday 20 November 2025");
});

test("a range is said as people say it", () => {
  const now = local("2026-11-24T18:00");
  const said = (from: string, to: string, less = 0) => range({ from: local(from), to: local(to) - less }, now);
  expect(said("2026-11-24T09:00", "2026-11-24T17:00")).toBe("today 09:00–17:00");
  expect(said("2026-11-24T09:00", "2026-11-24T09:05")).toBe("today 09:00:00–09:05:00");
  expect(said("2026-11-24T09:00:07", "2026-11-24T17:00")).toBe("today 09:00:07–17:00:00");
  expect(said("2026-11-23T00:00", "2026-11-24T00:00", 1)).toBe("yesterday");
  expect(said("2026-11-20T12:00", "2026-11-21T00:00", 1)).toBe("Friday 20 November 12:00–24:00");
  expect(said("2026-11-20T00:00", "2026-11-24T00:00", 1)).toBe("Friday 20 November to yesterday");
  expect(said("2026-11-23T22:00", "2026-11-24T01:00")).toBe("yesterday 22:00 to today 01:00");
});

test("about when is said without seconds, and of many days only the names", () => {
  const now = local("2026-11-24T18:00");
  const said = (from: string, to: string) => about({ from: local(from), to: local(to) }, now);
  expect(said("2026-11-24T09:00:07", "2026-11-24T16:59:59.999")).toBe("today 09:00–17:00");
  expect(said("2026-11-24T09:00:07", "2026-11-24T09:01:07")).toBe("today 09:00:07–09:01:07");
  expect(said("2026-11-20T08:13:12", "2026-11-24T17:59")).toBe("Friday 20 November to today");
  expect(said("2026-11-23T00:00", "2026-11-23T23:59:59.999")).toBe("yesterday");
});

test("a time that no calendar has lies in the last day that there is", () => {
  const now = local("2026-11-24T18:00");
  for (const far of [9e15, -9e15, 2 ** 63, -(2 ** 63)]) {
    const day = dayOf(far);
    expect(day.to - day.from).toBeGreaterThanOrEqual(23 * HOUR - 1);
    expect(dayName(far, now)).toMatch(/\d/);
    expect(range({ from: now, to: far }, now) + about({ from: far, to: now }, now)).toContain("today");
  }
});

test("within a known day only the times are said", () => {
  const now = local("2026-11-24T18:00");
  expect(times({ from: local("2026-11-20T09:00"), to: local("2026-11-20T09:42") }, now)).toBe("09:00–09:42");
  expect(times(dayOf(now), now)).toBe("the whole day");
});
