import { expect, test } from "vitest";
import { at } from "./fixtures";
import { clock, dated, exact, iso, length, moment, possible, shortDate, toTheSecond } from "./time";

test("times of day are local, with 24 hours", () => {
  expect(clock(at("14:03"))).toBe("14:03");
  expect(clock(at("00:05"))).toBe("00:05");
});

test("an exact time carries milliseconds", () => {
  expect(exact(at("14:03:07.412"))).toBe("14:03:07.412");
});

test("another day is named, and a far one dated", () => {
  const now = at("23:30");
  expect(moment(at("23:45"), now)).toBe("23:45");
  expect(moment(at("06:00", 25), now)).toBe("Wednesday 06:00");
  expect(moment(at("22:00", 23), now)).toBe("Monday 22:00");
  expect(moment(at("06:00", 10), now)).toBe("10 November 2026, 06:00");
  expect(dated(at("06:00"))).toBe("24 November 2026, 06:00");
});

test("a time that no calendar has is said as the nearest that has", () => {
  const now = at("12:00");
  for (const far of [9e15, -9e15, 2 ** 63, -(2 ** 63)]) {
    const forms = [clock, exact, toTheSecond, dated, shortDate, iso, (at: number) => moment(at, now)];
    for (const form of forms) expect(form(far)).toBe(form(possible(far)));
  }
  expect(possible(now)).toBe(now);
  expect(iso(Date.UTC(2026, 10, 24, 14, 3, 7, 412))).toBe("2026-11-24T14:03:07.412Z");
});

test("lengths are in hours and minutes", () => {
  expect([45, 60, 570].map(length)).toEqual(["45 min", "1 h", "9 h 30 min"]);
});
