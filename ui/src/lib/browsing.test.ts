import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Browsing, type Reader } from "./browsing.svelte";
import { dayOf, HOUR, MINUTE } from "./days";
import type { Failure, Moment, Overview, ReadAsk, ReviewAsk, Span } from "./protocol";

vi.hoisted(() => vi.stubEnv("TZ", "Europe/Berlin"));
beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-11-24T18:00") }));
afterEach(() => void vi.useRealTimers());

const nine = Date.parse("2026-11-24T09:00");
const hours = [nine - 24 * HOUR, nine].map((at) => ({ at, seconds: 3600 }));
const empty: Moment = { picture: null, events: [], more: false };

/** A reader in whose days an hour from 9 was recorded. */
function reader(answers: { moment?: (span: Span) => Promise<Moment>; hours?: () => unknown } = {}) {
  const asked: (ReadAsk | ReviewAsk)[] = [];
  const read = async (ask: ReadAsk): Promise<unknown> => {
    asked.push(ask);
    if (ask.kind === "hours") return answers.hours ? answers.hours() : hours;
    if (ask.kind === "moment") return answers.moment ? answers.moment(ask.value) : empty;
    if (ask.kind !== "overview") throw new Error(ask.kind);
    const recorded = [{ from: ask.value.from + 9 * HOUR, to: ask.value.from + 10 * HOUR - 1 }];
    return { recorded, lanes: [], pictures: [], damaged: 0 } satisfies Overview;
  };
  const review = async (ask: ReviewAsk) => {
    asked.push(ask);
    return { kind: "closed" } as const;
  };
  return { asked, reader: { read, review } as Reader };
}

test("it opens on the last day with something in it, at the last that was recorded", async () => {
  const { reader: to } = reader();
  const browsing = new Browsing(to);
  await browsing.start();
  expect(browsing.day).toEqual(dayOf(nine));
  expect(browsing.at).toBe(nine + HOUR - 1);
});

test("leaving closes the reader and keeps nothing of the content, and coming back asks anew", async () => {
  const { reader: to, asked } = reader();
  const browsing = new Browsing(to);
  await browsing.start();
  browsing.turn(-1);
  await vi.runAllTimersAsync();
  browsing.seek(browsing.day.from + 9.5 * HOUR);
  const [day, at] = [browsing.day, browsing.at];
  browsing.stop();
  expect([browsing.hours, browsing.overview, browsing.moment]).toEqual([null, null, null]);
  expect(asked.at(-1)).toEqual({ kind: "close" });
  await vi.runAllTimersAsync();
  expect(asked.at(-1)).toEqual({ kind: "close" });
  await browsing.start();
  expect(asked.at(-1)).toEqual({ kind: "overview", value: day });
  expect(browsing.at).toBe(at);
});

test("while the playhead moves nothing is asked, and a late answer is dropped", async () => {
  const late: ((moment: Moment) => void)[] = [];
  const { reader: to, asked } = reader({ moment: () => new Promise((answer) => late.push(answer)) });
  const browsing = new Browsing(to);
  await browsing.start();
  const moments = () => asked.filter(({ kind }) => kind === "moment").length;
  for (let i = 0; i < 20; i++) browsing.seek(nine + i * MINUTE);
  expect(moments()).toBe(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked.at(-1)).toEqual({ kind: "moment", value: { from: nine + 18 * MINUTE + 1, to: nine + 19 * MINUTE } });
  browsing.seek(nine);
  await vi.advanceTimersByTimeAsync(100);
  late[1]!(empty);
  await vi.advanceTimersByTimeAsync(0);
  late[0]!({ ...empty, more: true });
  await vi.advanceTimersByTimeAsync(0);
  expect([moments(), browsing.moment]).toEqual([2, empty]);
});

test("a selection is extended from where it ends, and stays while the playhead goes elsewhere", async () => {
  const { reader: to } = reader();
  const browsing = new Browsing(to);
  await browsing.start();
  browsing.seek(nine);
  browsing.step(1, true);
  browsing.step(1, true);
  browsing.step(-1, true);
  expect(browsing.selection).toEqual({ from: nine, to: nine + 15 * MINUTE });
  browsing.seek(nine + HOUR);
  expect(browsing.selection).toEqual({ from: nine, to: nine + 15 * MINUTE });
  browsing.step(1, true);
  expect(browsing.selection).toEqual({ from: nine + HOUR, to: nine + 75 * MINUTE });
  browsing.clear();
  expect(browsing.selection).toBeNull();
});

test("the days with nothing in them are skipped, and a moment of another day opens it", async () => {
  const { reader: to } = reader();
  const browsing = new Browsing(to);
  await browsing.start();
  browsing.turn(1);
  expect(browsing.day).toEqual(dayOf(nine));
  await browsing.goToMoment(nine - 24 * HOUR + MINUTE);
  expect(browsing.day).toEqual(dayOf(nine, -1));
  expect(browsing.at).toBe(nine - 24 * HOUR + MINUTE);
  expect(browsing.overview).not.toBeNull();
});

test("the view follows the playhead, and an instant is as round as the zoom is coarse", async () => {
  const { reader: to } = reader();
  const browsing = new Browsing(to);
  await browsing.start();
  expect(browsing.round(nine + 47_311)).toBe(nine);
  browsing.seek(nine + 47_311);
  browsing.step(-1);
  expect(browsing.at).toBe(nine);
  browsing.seek(nine - 47_311);
  browsing.step(1);
  expect(browsing.at).toBe(nine);
  browsing.zoom(1e6);
  expect(browsing.round(nine + 7311)).toBe(nine + 7000);
  browsing.edge("to");
  expect(browsing.at).toBe(nine + HOUR - 1);
  expect(browsing.at >= browsing.view.from && browsing.at <= browsing.view.to).toBe(true);
});

test("after a rest the day is asked for before its moments, so that the log says a day", async () => {
  const { reader: to, asked } = reader();
  const browsing = new Browsing(to);
  await browsing.start();
  await vi.advanceTimersByTimeAsync(100);
  browsing.seek(browsing.day.from + 10_000);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked.slice(-2).map(({ kind }) => kind)).toEqual(["moment", "moment"]);
  expect(asked.at(-1)).toEqual({
    kind: "moment",
    value: { from: browsing.day.from, to: browsing.day.from + 10_000 },
  });
  await vi.advanceTimersByTimeAsync(50_000);
  browsing.seek(nine);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked.slice(-2).map(({ kind }) => kind)).toEqual(["overview", "moment"]);
});

test("a refusal is kept until the next try", async () => {
  const failure: Failure = { code: "keyring", message: "Your keyring is locked.", cure: "Unlock it." };
  let locked = true;
  const { reader: to } = reader({ hours: () => (locked ? Promise.reject(failure) : hours) });
  const browsing = new Browsing(to);
  await browsing.start();
  expect(browsing.failure).toEqual(failure);
  locked = false;
  await browsing.start();
  expect(browsing.failure).toBeNull();
  expect(browsing.overview).not.toBeNull();
});
