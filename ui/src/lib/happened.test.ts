import { expect, test } from "vitest";
import { counted, happened, said } from "./happened";
import type { ReviewEvent, What } from "./protocol";

const event = (at: number, what: What, app: string | null = "Notes", title: string | null = "Diary"): ReviewEvent => ({
  at,
  app,
  title,
  what,
});

test("text typed into one window is one line, and into another a line of its own", () => {
  const lines = happened([
    event(1, { kind: "text", value: "Dear " }),
    event(3, { kind: "text", value: "diary" }),
    event(4, { kind: "text", value: "ls" }, "XTerm", null),
  ]);
  expect(lines.map(({ text }) => text)).toEqual(["Dear diary", "ls"]);
  expect(lines[0]!.at).toBe(1);
});

test("text after a long pause is a new line", () => {
  const lines = happened([
    event(0, { kind: "text", value: "a" }),
    event(50_000, { kind: "text", value: "b" }),
    event(120_000, { kind: "text", value: "c" }),
  ]);
  expect(lines.map(({ text }) => text)).toEqual(["ab", "c"]);
});

test("keys without letters do not tear a text, and what is no typing ends it", () => {
  const lines = happened([
    event(1, { kind: "keys", value: 1 }),
    event(2, { kind: "text", value: "Dear " }),
    event(3, { kind: "keys", value: 1 }),
    event(4, { kind: "text", value: "Ada" }),
    event(5, { kind: "shortcut", value: "Ctrl+S" }),
    event(6, { kind: "text", value: "Bob" }),
    event(7, { kind: "keys", value: 2 }),
    event(8, { kind: "text", value: "ls" }, "XTerm", null),
    event(9, { kind: "keys", value: 3 }, "XTerm", null),
    event(70_000, { kind: "text", value: "cd" }, "XTerm", null),
  ]);
  expect(lines.map(said)).toEqual(["2 keys", "Dear Ada", "Ctrl+S", "Bob", "2 keys", "ls", "3 keys", "cd"]);
  expect(lines.map(({ at }) => at)).toEqual([1, 2, 5, 6, 7, 8, 9, 70_000]);
});

test("keys add up, clicks and shortcuts are counted, other shortcuts are not joined", () => {
  const lines = happened([
    event(1, { kind: "keys", value: 12 }),
    event(2, { kind: "keys", value: 5 }),
    event(3, { kind: "shortcut", value: "Ctrl+S" }),
    event(4, { kind: "shortcut", value: "Ctrl+S" }),
    event(5, { kind: "shortcut", value: "Ctrl+Q" }),
    event(6, { kind: "click", value: 1 }),
    event(7, { kind: "click", value: 3 }),
    event(8, { kind: "focus" }),
  ]);
  expect(lines.map(said)).toEqual(["17 keys", "Ctrl+S ×2", "Ctrl+Q", "2 clicks", "came to the front"]);
});

test("moves and scrolls are counted in words", () => {
  expect(counted({ moves: 1, scrolls: 2 })).toBe("1 move, 2 scrolls of the pointer");
  expect(counted({ moves: 2, scrolls: 0 })).toBe("2 moves of the pointer");
  expect(counted({ moves: 0, scrolls: 0 })).toBe("");
});
