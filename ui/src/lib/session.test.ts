import { expect, test, vi } from "vitest";
import type { Bridge } from "./bridge";
import { recording } from "./fixtures";
import type { EventOf, ReadAnswer, Response, Snapshot } from "./protocol";
import { Session } from "./session.svelte";

function bridge(answers: (() => Promise<Response>)[]): { bridge: Bridge; tell: (event: EventOf) => void } {
  let take: (event: EventOf) => void = () => {};
  return {
    bridge: {
      request: () => (answers.length > 1 ? answers.shift()! : answers[0]!)(),
      subscribe: async (told) => {
        take = told;
        return () => {};
      },
      mirror: () => Promise.reject(new Error("no mirror")),
      picture: () => "",
      review: () => Promise.reject(new Error("no reader")),
      past: () => "",
    },
    tell: (event) => take(event),
  };
}

const snapshot = (value: Snapshot) => async (): Promise<Response> => ({ kind: "snapshot", value });

test("the first state is asked for, and changes are taken in", async () => {
  const { bridge: to, tell } = bridge([snapshot(recording())]);
  const session = new Session(to);
  session.start();
  await vi.waitFor(() => expect(session.snapshot).not.toBeNull());
  tell({ kind: "changes", value: [{ section: "last_app", value: "Editor" }] });
  expect(session.snapshot?.last_app).toBe("Editor");
});

test("a change that overtakes the answer is not lost", async () => {
  let answer: (response: Response) => void = () => {};
  const slow = () => new Promise<Response>((resolve) => (answer = resolve));
  const { bridge: to, tell } = bridge([slow, snapshot({ ...recording(), last_app: "Editor" })]);
  const session = new Session(to);
  session.start();
  await Promise.resolve().then(() => {});
  tell({ kind: "changes", value: [{ section: "last_app", value: "Editor" }] });
  answer({ kind: "snapshot", value: recording() });
  await vi.waitFor(() => expect(session.snapshot?.last_app).toBe("Editor"));
});

test("when the agent is gone nothing of its state is shown", async () => {
  const { bridge: to, tell } = bridge([snapshot(recording())]);
  const session = new Session(to);
  const end = session.start();
  await vi.waitFor(() => expect(session.snapshot).not.toBeNull());
  tell({ kind: "gone", value: "Its recorder ended." });
  expect(session.snapshot).toBeNull();
  expect(session.gone).toBe("Its recorder ended.");
  end();
});

test("a refusal reaches the one who asked", async () => {
  const failure = { code: "keyring", message: "Your keyring is locked.", cure: "Unlock it." } as const;
  const { bridge: to } = bridge([() => Promise.reject(failure)]);
  await expect(new Session(to).ask({ kind: "resume" })).rejects.toEqual(failure);
});

test("what the reader refuses is refused, and so is the answer to another question", async () => {
  const failure = { code: "keyring", message: "Your keyring is locked.", cure: "Unlock it." } as const;
  const { bridge: to } = bridge([snapshot(recording())]);
  const answers: ReadAnswer[] = [
    { kind: "failed", value: failure },
    { kind: "picture", value: 0 },
    { kind: "hours", value: [] },
  ];
  to.review = async () => ({ kind: "read", value: answers.shift()! });
  const session = new Session(to);
  await expect(session.read({ kind: "hours" }, "hours")).rejects.toEqual(failure);
  await expect(session.read({ kind: "hours" }, "hours")).rejects.toMatchObject({ code: "internal" });
  await expect(session.read({ kind: "hours" }, "hours")).resolves.toEqual([]);
});
