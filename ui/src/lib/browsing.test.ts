import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Browsing, type Reader } from "./browsing.svelte";
import { dayOf, HOUR, MINUTE } from "./days";
import type { Failure, Moment, Overview, ReadAsk, ReviewAsk, Span } from "./protocol";

vi.hoisted(() => vi.stubEnv("TZ", "Europe/Berlin"));
beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-11-24T18:00") }));
afterEach(() => void vi.useRealTimers());

const nine = Date.parse("2026-11-24T09:00");
const hours = [nine - 24 * HOUR, nine].map((at) => ({ at, seconds: 3600 }));
const empty: Moment = { picture: null, events: [], more: false, moves: 0, scrolls: 0 };

/** A reader in whose days an hour from 9 was recorded. */
function reader(
  answers: { moment?: (span: Span) => Promise<Moment>; hours?: () => unknown; until?: () => number } = {},
) {
  const asked: (ReadAsk | ReviewAsk)[] = [];
  const read = async (ask: ReadAsk): Promise<unknown> => {
    asked.push(ask);
    if (ask.kind === "hours") return answers.hours ? answers.hours() : hours;
    if (ask.kind === "moment") return answers.moment ? answers.moment(ask.value) : empty;
    if (ask.kind !== "overview") throw new Error(ask.kind);
    const until = answers.until?.() ?? ask.value.from + 10 * HOUR - 1;
    const recorded = [{ from: ask.value.from + 9 * HOUR, to: until }];
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

test("a drag selects anew from where it began, though a selection ends there", async () => {
  const { reader: to } = reader();
  const browsing = new Browsing(to);
  await browsing.start();
  browsing.seek(nine);
  browsing.seek(nine + HOUR, true);
  browsing.seek(nine + HOUR);
  browsing.drag(nine + HOUR, nine + 2 * HOUR);
  expect(browsing.selection).toEqual({ from: nine + HOUR, to: nine + 2 * HOUR });
  expect(browsing.at).toBe(nine + 2 * HOUR);
  // With Shift it goes on.
  browsing.seek(nine + 3 * HOUR, true);
  expect(browsing.selection).toEqual({ from: nine + HOUR, to: nine + 3 * HOUR });
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
    // Into the day before: what was typed over midnight is shown whole.
    value: { from: browsing.day.from + 10_001 - MINUTE, to: browsing.day.from + 10_000 },
  });
  await vi.advanceTimersByTimeAsync(50_000);
  browsing.seek(nine);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked.slice(-2).map(({ kind }) => kind)).toEqual(["overview", "moment"]);
});

test("what is shown is of the instant that was asked for, until the next answer", async () => {
  const { reader: to } = reader();
  const browsing = new Browsing(to);
  await browsing.start();
  expect(browsing.momentAt).toBe(browsing.at);
  browsing.seek(nine + MINUTE);
  await vi.advanceTimersByTimeAsync(100);
  browsing.seek(nine + 2 * MINUTE);
  expect([browsing.moment, browsing.momentAt]).toEqual([empty, nine + MINUTE]);
  await vi.advanceTimersByTimeAsync(100);
  expect(browsing.momentAt).toBe(nine + 2 * MINUTE);
});

test("what was forgotten is not shown a moment longer, nor what was asked for before", async () => {
  const late: ((moment: Moment) => void)[] = [];
  const { reader: to, asked } = reader({ moment: () => new Promise((answer) => late.push(answer)) });
  const browsing = new Browsing(to);
  await browsing.start();
  await vi.advanceTimersByTimeAsync(100);
  late[0]!(empty);
  await vi.advanceTimersByTimeAsync(0);
  browsing.seek(nine);
  await vi.advanceTimersByTimeAsync(100);
  const before = browsing.start();
  browsing.forgot();
  expect([browsing.overview, browsing.moment]).toEqual([null, null]);
  late[1]!(empty);
  await before;
  await vi.runAllTimersAsync();
  expect([browsing.overview, browsing.moment]).toEqual([null, null]);
  await browsing.start();
  expect(browsing.overview).not.toBeNull();
  browsing.forgot();
  const { length } = asked;
  await vi.runAllTimersAsync();
  expect(asked).toHaveLength(length);
});

test("where nothing is left, nothing is shown", async () => {
  let left = hours;
  const { reader: to } = reader({ hours: () => left });
  const browsing = new Browsing(to);
  await browsing.start();
  await vi.runAllTimersAsync();
  expect(browsing.moment).not.toBeNull();
  left = [];
  await browsing.start();
  expect([browsing.days, browsing.overview, browsing.moment]).toEqual([[], null, null]);
});

test("a day that grows is read anew for what came after it was read, and not for each look", async () => {
  const { reader: to, asked } = reader({ until: () => Date.now() });
  const browsing = new Browsing(to);
  await browsing.start();
  const overviews = () => asked.filter(({ kind }) => kind === "overview").length;
  const look = async (at: number, later: number) => {
    await vi.advanceTimersByTimeAsync(later);
    browsing.seek(at);
    await vi.advanceTimersByTimeAsync(100);
  };
  await look(nine, 10_000);
  expect(overviews()).toBe(1);
  await look(Date.now(), 0);
  expect(overviews()).toBe(2);
  expect(browsing.overview!.recorded[0]!.to).toBeGreaterThan(browsing.at);
  expect(asked.slice(-2).map(({ kind }) => kind)).toEqual(["overview", "moment"]);
  // Nothing was recorded there yet.
  for (let i = 0; i < 9; i++) await look(browsing.day.to - i, 1000);
  expect(overviews()).toBe(3);
});

test("a day is read anew in time, however often it is looked at", async () => {
  const { reader: to, asked } = reader();
  const browsing = new Browsing(to);
  await browsing.start();
  const look = async (at: number) => {
    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(20_000);
      browsing.seek(at + i);
    }
    await vi.runAllTimersAsync();
    return asked.splice(0).filter(({ kind }) => kind === "overview").length;
  };
  expect(await look(nine)).toBe(2);
  // After what was recorded, but in a day that is over.
  browsing.turn(-1);
  expect(await look(nine - 22 * HOUR)).toBe(2);
});

test("what was found later in the day is known of when it is shown", async () => {
  const { reader: to } = reader({ until: () => Date.now() });
  const browsing = new Browsing(to);
  await browsing.start();
  await vi.advanceTimersByTimeAsync(2000);
  const at = Date.now();
  await browsing.goToMoment(at);
  await vi.advanceTimersByTimeAsync(100);
  expect(browsing.overview!.recorded[0]!.to).toBeGreaterThan(at);
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
