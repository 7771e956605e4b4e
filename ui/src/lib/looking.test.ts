import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Looking } from "./looking.svelte";
import type { MirrorAnswer, MirrorAsk, MirrorView, Streams } from "./protocol";

const streams: Streams = { screen: true, keys: "none", pointer: false, focus: false };
const picture = { number: 7, at: 0, width: 1, height: 1, fate: "waits", windows: [] } as const;
const view: MirrorView = { state: "recording", picture: { ...picture, windows: [] }, keys: [] };

function mirror(answer: (ask: MirrorAsk) => Promise<MirrorAnswer>) {
  const asked: MirrorAsk[] = [];
  const looking = new Looking(
    (ask) => {
      asked.push(ask);
      return answer(ask);
    },
    () => streams,
  );
  return { looking, asked, looks: () => asked.filter(({ kind }) => kind === "look").length };
}

const shows = async (ask: MirrorAsk): Promise<MirrorAnswer> => {
  if (ask.kind === "look") return { kind: "view", value: view };
  return ask.kind === "drop" ? { kind: "dropped", value: { stored: true } } : { kind: "stopped" };
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it is asked for once a second, with the streams", async () => {
  const { looking, asked, looks } = mirror(shows);
  looking.start();
  looking.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(looking.view?.picture?.number).toBe(7);
  expect(asked).toEqual([{ kind: "look", value: streams }]);
  await vi.advanceTimersByTimeAsync(3000);
  expect(looks()).toBe(4);
});

test("once it is out of sight nothing is shown nor asked any more, and it says so", async () => {
  const { looking, asked, looks } = mirror(shows);
  looking.start();
  await vi.advanceTimersByTimeAsync(1000);
  const before = looks();
  looking.stop();
  expect(looking.view).toBeNull();
  expect(asked.at(-1)).toEqual({ kind: "stop" });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(looks()).toBe(before);
});

test("an answer that comes after the end is not shown", async () => {
  let late: (answer: MirrorAnswer) => void = () => {};
  const { looking } = mirror((ask) => (ask.kind === "look" ? new Promise((done) => (late = done)) : shows(ask)));
  looking.start();
  looking.stop();
  late({ kind: "view", value: view });
  await vi.advanceTimersByTimeAsync(0);
  expect(looking.view).toBeNull();
});

test("what is dropped is named, and gone from the glass at once", async () => {
  const { looking, asked } = mirror(shows);
  looking.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(await looking.drop()).toBe(true);
  expect(asked.at(-1)).toEqual({ kind: "drop", value: 7 });
  expect(looking.view?.picture).toBeNull();
});

test("while the agent is away nothing is shown, and it is asked again", async () => {
  const { looking, looks } = mirror(async () =>
    Promise.reject({ code: "not-running", message: "Gone.", cure: "Wait." }),
  );
  looking.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(looking.view).toBeNull();
  expect(looking.failure?.message).toBe("Gone.");
  await vi.advanceTimersByTimeAsync(1000);
  expect(looks()).toBe(2);
});
