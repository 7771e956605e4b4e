import { expect, test } from "vitest";
import { after, before, chosen, NOTHING, obstacle, progress, STEPS } from "./setup";

test("nothing is chosen at the start", () => {
  expect(chosen(NOTHING)).toBe(false);
});

test("the steps lead from first to last and back", () => {
  const forward = [STEPS[0] as (typeof STEPS)[number]];
  for (let step = after(STEPS[0]); step !== null; step = after(step)) forward.push(step);
  expect(forward).toEqual([...STEPS]);
  expect(before("welcome")).toBeNull();
  expect(before("agree")).toBe("apps");
  expect(progress("streams")).toBe("2 of 4");
});

test("without a stream there is no going on, and any one is enough", () => {
  expect(obstacle("streams", NOTHING)).not.toBeNull();
  expect(obstacle("streams", { ...NOTHING, screen: true })).toBeNull();
  expect(obstacle("streams", { ...NOTHING, keys: "activity" })).toBeNull();
  expect(obstacle("streams", { ...NOTHING, pointer: true })).toBeNull();
  expect(obstacle("streams", { ...NOTHING, focus: true })).toBeNull();
  expect(obstacle("welcome", NOTHING)).toBeNull();
});
