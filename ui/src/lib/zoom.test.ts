import { expect, test, vi } from "vitest";
import { dayOf, HOUR, MINUTE, SECOND } from "./days";
import { CLOSEST, moved, placeOf, selected, showing, stepOf, ticks, timeAt, width, zoomed } from "./zoom";

vi.hoisted(() => vi.stubEnv("TZ", "Europe/Berlin"));

const local = (text: string) => Date.parse(text);
const day = dayOf(local("2026-11-24T12:00"));
const noon = local("2026-11-24T12:00");

test("the time below the pointer stays there while zooming", () => {
  const at = local("2026-11-24T09:30");
  let view = day;
  const place = placeOf(at, view);
  for (let i = 0; i < 4; i++) view = zoomed(view, day, 2, at);
  expect(width(view)).toBe(90 * MINUTE);
  expect(placeOf(at, view)).toBeCloseTo(place, 5);
});

test("no closer than a minute, no further than the day", () => {
  expect(width(zoomed(day, day, 1e9, noon))).toBe(CLOSEST);
  expect(zoomed(zoomed(day, day, 4, noon), day, 1e-9, noon)).toEqual(day);
  const spring = dayOf(local("2026-03-29T12:00"));
  expect(width(zoomed(spring, spring, 0.5, spring.from))).toBe(23 * HOUR);
});

test("nothing beyond the day is shown", () => {
  const hour = zoomed(day, day, 24, day.from);
  expect(hour.from).toBe(day.from);
  expect(moved(hour, day, -3)).toEqual(hour);
  expect(moved(hour, day, 100).to).toBe(day.to);
  expect(width(moved(hour, day, 0.1))).toBe(HOUR);
});

test("a view follows what is shown, and only when it must", () => {
  const hour = { from: noon, to: noon + HOUR - 1 };
  expect(showing(hour, day, noon + 5)).toBe(hour);
  const other = showing(hour, day, noon + 3 * HOUR);
  expect(other).toEqual({ from: noon + 2.5 * HOUR, to: noon + 3.5 * HOUR - 1 });
});

test("a place and its time are each other's opposite", () => {
  expect(timeAt(0.5, day)).toBe(noon);
  expect(timeAt(-1, day)).toBe(day.from);
  expect(timeAt(2, day)).toBe(day.to);
});

test("a step fits the zoom", () => {
  expect(stepOf(day)).toBe(15 * MINUTE);
  expect(stepOf({ from: noon, to: noon + HOUR - 1 })).toBe(30 * SECOND);
  expect(stepOf({ from: noon, to: noon + MINUTE - 1 })).toBe(SECOND);
});

test("the ruler is marked at round local times, changes of the clocks included", () => {
  const labels = (text: string, most: number) => ticks(dayOf(local(text)), most).map(({ label }) => label);
  expect(labels("2026-11-24T12:00", 8)).toEqual([
    "00:00",
    "03:00",
    "06:00",
    "09:00",
    "12:00",
    "15:00",
    "18:00",
    "21:00",
  ]);
  expect(labels("2026-03-29T12:00", 24).slice(0, 4)).toEqual(["00:00", "01:00", "03:00", "04:00"]);
  expect(labels("2026-10-25T12:00", 25).slice(0, 5)).toEqual(["00:00", "01:00", "02:00", "02:00", "03:00"]);
  expect(labels("2026-10-25T12:00", 13).slice(0, 3)).toEqual(["00:00", "02:00", "04:00"]);
  const minute = ticks({ from: noon, to: noon + MINUTE - 1 }, 8).map(({ label }) => label);
  expect(minute).toEqual(["12:00:00", "12:00:10", "12:00:20", "12:00:30", "12:00:40", "12:00:50"]);
});

test("a selection has an extent and no direction", () => {
  expect(selected(5, 3)).toEqual({ from: 3, to: 5 });
  expect(selected(5, 5)).toBeNull();
});
