import { expect, test, vi } from "vitest";
import { dayOf, HOUR } from "./days";
import { appsIn, bars, extent, joined, lanes, optOuts, windowAt } from "./lanes";
import type { Overview, PictureInfo, Recurring } from "./protocol";

vi.hoisted(() => vi.stubEnv("TZ", "Europe/Berlin"));

const local = (text: string) => Date.parse(text);
const span = (from: number, to: number) => ({ from, to });
const overview = (count: number): Overview => ({
  recorded: [span(0, 100)],
  lanes: Array.from({ length: count }, (_, i) => ({ app: `App ${i}`, spans: [span(i * 10, i * 10 + 9)] })),
  pictures: [],
  damaged: 0,
});

test("eight apps have a lane of their own, the rest share one", () => {
  expect(lanes(overview(8)).map(({ app }) => app)).not.toContain(null);
  const drawn = lanes(overview(11));
  expect(drawn).toHaveLength(9);
  expect(drawn.at(-1)).toEqual({ app: null, spans: [span(80, 109)] });
});

test("ranges that touch become one", () => {
  expect(joined([span(20, 30), span(0, 9), span(10, 12), span(25, 27)])).toEqual([span(0, 12), span(20, 30)]);
  expect(joined([])).toEqual([]);
});

test("what is in view becomes bars, the shortest still seen", () => {
  const view = span(0, 999);
  expect(bars([span(-500, 99), span(500, 500), span(2000, 3000)], view, 100)).toEqual([
    { x: 0, width: 10 },
    { x: 50, width: 1 },
  ]);
});

test("the opt-outs of a day include the night before", () => {
  const night: Recurring = { days: ["mon"], from: "22:00", to: "07:00" };
  const noon: Recurring = { days: ["tue", "wed"], from: "12:00", to: "13:00" };
  const tuesday = dayOf(local("2026-11-24T12:00"));
  expect(optOuts([night, noon], tuesday)).toEqual([
    span(tuesday.from, local("2026-11-24T07:00") - 1),
    span(local("2026-11-24T12:00"), local("2026-11-24T13:00") - 1),
  ]);
  const monday = dayOf(local("2026-11-23T12:00"));
  expect(optOuts([night, noon], monday)).toEqual([span(local("2026-11-23T22:00"), monday.to)]);
  expect(optOuts([{ days: ["tue"], from: "00:00", to: "24:00" }], tuesday)).toEqual([tuesday]);
});

test("an opt-out over the change of the clocks is as long as it was", () => {
  const sunday = dayOf(local("2026-03-29T12:00"));
  const [night] = optOuts([{ days: ["sun"], from: "00:00", to: "06:00" }], sunday);
  expect(night!.to + 1 - night!.from).toBe(5 * HOUR);
});

test("an app is in a range when some of it is", () => {
  expect(appsIn(overview(4).lanes, span(9, 20))).toEqual(["App 0", "App 1", "App 2"]);
});

test("a day without a record has no extent", () => {
  expect(extent(overview(1))).toEqual(span(0, 100));
  expect(extent({ ...overview(0), recorded: [] })).toBeNull();
});

test("the window below the pointer is the uppermost, in the fitted picture", () => {
  const window = (app: string, rect: [number, number, number, number]) => ({ app, title: null, rect });
  const picture: PictureInfo = {
    at: 0,
    width: 1000,
    height: 500,
    windows: [window("Below", [0, 0, 600, 500]), window("Above", [500, 0, 500, 100])],
  };
  // The picture is 500 × 250 there, with 125 free above and below.
  const box = { width: 500, height: 500 };
  const at = (x: number, y: number) => windowAt(picture, box, x, y)?.app;
  expect([at(10, 130), at(290, 130), at(499, 130), at(499, 300), at(10, 100)]).toEqual([
    "Below",
    "Above",
    "Above",
    undefined,
    undefined,
  ]);
});
