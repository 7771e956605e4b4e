import { expect, test, vi } from "vitest";
import { Asking } from "./asking.svelte";
import type { Failure } from "./protocol";

const wanted: Failure = { code: "passphrase", message: "Under a passphrase.", cure: "Give it." };
const wrong: Failure = { code: "passphrase", message: "Not this one.", cure: "Again." };

/** What opens with this passphrase, and stays open. */
function box(passphrase: string) {
  let open = false;
  const plain = vi.fn(() => (open ? Promise.resolve("content") : Promise.reject(wanted)));
  const typed = vi.fn((given: string) => {
    if (given !== passphrase) return Promise.reject(wrong);
    open = true;
    return Promise.resolve("content");
  });
  return { plain, typed };
}

test("nobody is asked for what opens without", async () => {
  const asking = new Asking();
  expect(
    await asking.through(
      () => Promise.resolve(1),
      () => Promise.reject(wanted),
    ),
  ).toBe(1);
  expect(asking.open).toBe(false);
});

test("a wrong passphrase is asked for again, the right one goes through", async () => {
  const asking = new Asking();
  const { plain, typed } = box("right");
  const answer = asking.through(plain, typed);
  await vi.waitUntil(() => asking.open);
  await asking.answer("wrong");
  expect([asking.open, asking.failure]).toEqual([true, wrong]);
  await asking.answer("right");
  expect(await answer).toBe("content");
  expect([asking.open, asking.failure]).toEqual([false, null]);
});

test("two who need it share one question", async () => {
  const asking = new Asking();
  const { plain, typed } = box("right");
  const answers = [asking.through(plain, typed), asking.through(plain, typed)];
  await vi.waitUntil(() => asking.open && plain.mock.calls.length === 2);
  await asking.answer("right");
  expect(await Promise.all(answers)).toEqual(["content", "content"]);
  expect(typed).toHaveBeenCalledTimes(1);
});

test("declined, it stays refused", async () => {
  const asking = new Asking();
  const { plain, typed } = box("right");
  const answers = [asking.through(plain, typed), asking.through(plain, typed)].map((answer) =>
    answer.catch((failure: unknown) => failure),
  );
  await vi.waitUntil(() => asking.open && plain.mock.calls.length === 2);
  asking.decline();
  expect(await Promise.all(answers)).toEqual([wanted, wanted]);
  expect(asking.open).toBe(false);
});

test("declined while a wrong one is being tried, it ends with that", async () => {
  const asking = new Asking();
  const { plain, typed } = box("right");
  const answer = asking.through(plain, typed).catch((failure: unknown) => failure);
  await vi.waitUntil(() => asking.open);
  const tried = asking.answer("wrong");
  asking.decline();
  await tried;
  expect([await answer, asking.open]).toEqual([wrong, false]);
});

test("another refusal ends the question", async () => {
  const asking = new Asking();
  const locked: Failure = { code: "keyring", message: "Locked.", cure: "Unlock it." };
  const answer = asking
    .through(
      () => Promise.reject(wanted),
      () => Promise.reject(locked),
    )
    .catch((f: unknown) => f);
  await vi.waitUntil(() => asking.open);
  await asking.answer("any");
  expect(await answer).toEqual(locked);
  expect(asking.open).toBe(false);
});
