import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Exporting } from "./exporting.svelte";
import type { ExportState, Failure, ReviewAsk } from "./protocol";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const span = { from: 0, to: 9 };
const running = (done: number): ExportState => ({ kind: "running", value: { done, of: 3 } });

function exporting(states: ExportState[]) {
  const asked: ReviewAsk["kind"][] = [];
  const review = async (ask: ReviewAsk) => {
    asked.push(ask.kind);
    return { kind: "export", value: states.length > 1 ? states.shift()! : states[0]! } as const;
  };
  return { asked, it: new Exporting(review) };
}

test("it is asked about until it is there, and then no more", async () => {
  const { it, asked } = exporting([running(0), running(2), { kind: "done", value: { folder: "/home/you/x" } }]);
  await it.begin(span);
  expect(it.state).toEqual(running(0));
  await vi.advanceTimersByTimeAsync(300);
  expect(it.state).toEqual(running(2));
  await vi.runAllTimersAsync();
  expect(it.state).toEqual({ kind: "done", value: { folder: "/home/you/x" } });
  expect(asked).toEqual(["export-begin", "export-state", "export-state"]);
});

test("a cancel ends it, and so does leaving", async () => {
  const { it, asked } = exporting([running(0), { kind: "cancelled" }]);
  await it.begin(span);
  await it.cancel();
  await vi.runAllTimersAsync();
  expect(it.state).toEqual({ kind: "cancelled" });
  expect(asked).toEqual(["export-begin", "export-cancel"]);
  const other = exporting([running(0)]);
  await other.it.begin(span);
  other.it.leave();
  await vi.runAllTimersAsync();
  expect(other.asked).toEqual(["export-begin"]);
});

test("one that is under way is taken up again, one that has ended is not", async () => {
  const { it } = exporting([running(1)]);
  await it.resume();
  expect(it.state).toEqual(running(1));
  const done = exporting([{ kind: "done", value: { folder: "/home/you/x" } }]);
  await done.it.resume();
  expect(done.it.state).toEqual({ kind: "none" });
});

test("one that is refused leaves the one under way alone", async () => {
  const refusal: Failure = { code: "invalid-input", message: "Another export is under way.", cure: "Wait for it." };
  const states = [running(0), running(1), running(2), { kind: "cancelled" } satisfies ExportState];
  let begun = 0;
  const it = new Exporting(async ({ kind }) => {
    if (kind === "export-begin" && begun++ > 0) throw refusal;
    return { kind: "export", value: states.shift()! };
  });
  await it.begin(span);
  await vi.advanceTimersByTimeAsync(300);
  await expect(it.begin(span)).rejects.toEqual(refusal);
  await vi.advanceTimersByTimeAsync(300);
  expect(it.state).toEqual(running(2));
  await vi.runAllTimersAsync();
  expect(it.state).toEqual({ kind: "cancelled" });
});

test("one that was begun too late to be seen is not asked about", async () => {
  const { it, asked } = exporting([running(0)]);
  const begun = it.begin(span);
  it.leave();
  await begun;
  await vi.runAllTimersAsync();
  expect([it.state, asked]).toEqual([{ kind: "none" }, ["export-begin"]]);
});

test("what failed meanwhile is told on coming back, once", async () => {
  const failure: Failure = { code: "vault-unavailable", message: "The disk is full.", cure: "Make room." };
  const { it } = exporting([running(0), { kind: "failed", value: failure }]);
  await it.begin(span);
  it.leave();
  expect(it.state).toEqual({ kind: "none" });
  await it.resume();
  expect(it.failure).toEqual(failure);
  it.leave();
  await it.resume();
  expect([it.state, it.failure]).toEqual([{ kind: "none" }, null]);
});

test("what failed says why", async () => {
  const failure: Failure = { code: "vault-unavailable", message: "The disk is full.", cure: "Make room." };
  const { it } = exporting([running(0), { kind: "failed", value: failure }]);
  await it.begin(span);
  await vi.runAllTimersAsync();
  expect(it.failure).toEqual(failure);
});
