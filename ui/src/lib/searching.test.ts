import { expect, test } from "vitest";
import type { Failure } from "./protocol";
import { type Found, type Query, Searching } from "./searching.svelte";

const span = { from: 0, to: 9 };
const none: Found = { hits: [], more: false };

/** A field whose searches end when they are told to. */
function field() {
  const asked: string[] = [];
  const ends: ((found: Found | Failure) => void)[] = [];
  const it = new Searching(({ text }: Query) => {
    asked.push(text);
    return new Promise((resolve, reject) => ends.push((end) => ("code" in end ? reject(end) : resolve(end))));
  });
  const end = async (found: Found | Failure) => {
    ends.shift()!(found);
    await new Promise((done) => setTimeout(done));
  };
  return { it, asked, end };
}

test("what is looked for last is what is found, and what is between is left out", async () => {
  const { it, asked, end } = field();
  for (const text of ["a", "b", "c"]) void it.search({ text, span });
  await end({ ...none, more: true });
  expect([it.busy, it.found, asked]).toEqual([true, null, ["a", "c"]]);
  await end(none);
  expect([it.busy, it.found]).toEqual([false, { sought: "c", ...none }]);
  void it.search({ text: "d", span });
  expect([it.busy, it.found, asked.at(-1)]).toEqual([true, null, "d"]);
});

test("cleared meanwhile, it brings nothing back", async () => {
  const { it, asked, end } = field();
  void it.search({ text: "a", span });
  it.clear();
  expect(it.busy).toBe(false);
  await end(none);
  expect([it.busy, it.found, asked]).toEqual([false, null, ["a"]]);
  // It still looks for the next.
  void it.search({ text: "b", span });
  await end(none);
  expect(it.found?.sought).toBe("b");
});

test("a refusal is shown until the next search, and only for what was looked for last", async () => {
  const failure: Failure = { code: "keyring", message: "Locked.", cure: "Unlock it." };
  const { it, end } = field();
  void it.search({ text: "a", span });
  void it.search({ text: "b", span });
  await end(failure);
  expect([it.busy, it.failure]).toEqual([true, null]);
  await end(failure);
  expect([it.busy, it.failure]).toEqual([false, failure]);
  void it.search({ text: "c", span });
  expect(it.failure).toBeNull();
});
