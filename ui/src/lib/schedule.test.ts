import { expect, test } from "vitest";
import { crossesMidnight, dayList, finish, hours, lasts, parseTime, sentence } from "./schedule";

test("times are read as people write them", () => {
  expect(["9", "9:30", "0930", "930", "09.30", "24:00", "0"].map(parseTime)).toEqual([
    "09:00",
    "09:30",
    "09:30",
    "09:30",
    "09:30",
    "24:00",
    "00:00",
  ]);
  expect(["", "24:01", "9:60", "noon", "-1"].map(parseTime)).toEqual([null, null, null, null, null]);
});

test("days are listed briefly", () => {
  expect(dayList(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])).toBe("Every day");
  expect(dayList(["fri", "mon", "tue", "wed", "thu"])).toBe("Weekdays");
  expect(dayList(["sun", "sat"])).toBe("Weekends");
  expect(dayList(["mon", "tue", "wed", "sat"])).toBe("Mon–Wed, Sat");
  expect(dayList(["mon", "tue"])).toBe("Mon, Tue");
});

test("an end at or before the beginning is on the next day", () => {
  expect(crossesMidnight({ from: "22:00", to: "07:00" })).toBe(true);
  expect(crossesMidnight({ from: "09:00", to: "09:00" })).toBe(true);
  expect(crossesMidnight({ from: "18:00", to: "24:00" })).toBe(false);
  expect(hours({ from: "22:00", to: "07:00" })).toBe("22:00 – 07:00 next day");
  expect(hours({ from: "12:00", to: "13:00" })).toBe("12:00 – 13:00");
});

test("a window's length counts across midnight", () => {
  expect(lasts({ from: "22:00", to: "07:00" })).toBe(540);
  expect(lasts({ from: "09:00", to: "09:00" })).toBe(1440);
  expect(lasts({ from: "12:00", to: "13:00" })).toBe(60);
});

test("a window is told in a sentence", () => {
  expect(sentence({ days: ["mon", "tue", "wed", "thu", "fri"], from: "22:00", to: "07:00" })).toBe(
    "Weekdays, from 22:00 until 07:00 on the next day",
  );
});

test("a draft without a day or with a wrong time is not finished", () => {
  expect(finish({ days: [], from: "9", to: "10" })).toEqual({ problem: "Choose at least one day." });
  expect(finish({ days: ["mon"], from: "x", to: "10" })).toHaveProperty("problem");
  expect(finish({ days: ["mon"], from: "9", to: "" })).toHaveProperty("problem");
});

test("a finished window has its days in order and its times in full", () => {
  expect(finish({ days: ["fri", "mon"], from: "9", to: "10.30" })).toEqual({
    window: { days: ["mon", "fri"], from: "09:00", to: "10:30" },
  });
});
