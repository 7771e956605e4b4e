import { expect, test } from "vitest";
import { bytes, percent } from "./cost";

test("sizes are in round figures", () => {
  expect([0, 999, 1000, 48_300_000, 1_250_000_000].map(bytes)).toEqual(["0 B", "999 B", "1.0 kB", "48 MB", "1.3 GB"]);
});

test("small shares keep a decimal", () => {
  expect([0, 0.42, 12.3].map(percent)).toEqual(["0.0 %", "0.4 %", "12 %"]);
});
