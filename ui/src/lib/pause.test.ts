import { expect, test } from "vitest";
import { at } from "./fixtures";
import { nextAt, parseMinutes, parsePause } from "./pause";

test("lengths are read as people write them", () => {
  expect(["90", "45 min", "45m", "1h", "1 h 30", "2h 5 min"].map(parseMinutes)).toEqual([90, 45, 45, 60, 90, 125]);
});

test("nonsense is not a length", () => {
  expect(["", "0", "-5", "soon", "1.5", "99999999999"].map(parseMinutes)).toEqual([null, null, null, null, null, null]);
});

test("a time that has passed today means tomorrow", () => {
  const now = at("14:10");
  expect(nextAt("18:00", now)).toBe(at("18:00"));
  expect(nextAt("9", now)).toBe(at("09:00", 25));
  expect(nextAt("14:10", now)).toBe(at("14:10", 25));
  expect(nextAt("25:00", now)).toBeNull();
});

test("a pause is by length or by time", () => {
  const now = at("14:10");
  expect(parsePause("duration", "90", now)).toEqual({ kind: "minutes", value: 90 });
  expect(parsePause("time", "18:00", now)).toEqual({ kind: "until", value: at("18:00") });
  expect(parsePause("time", "later", now)).toBeNull();
});
