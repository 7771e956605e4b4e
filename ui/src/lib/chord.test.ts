import { expect, test } from "vitest";
import { hear, type Press } from "./chord";

const press = (key: string, code: string, modifiers: Partial<Press> = {}): Press => ({
  ...{ key, code, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false },
  ...modifiers,
});

test("modifiers alone are no chord yet", () => {
  expect(hear(press("Control", "ControlLeft", { ctrlKey: true }))).toBeNull();
});

test("a chord is written as the agent reads it", () => {
  expect(hear(press("p", "KeyP", { ctrlKey: true, altKey: true }))).toEqual({ chord: "Ctrl+Alt+P" });
  expect(hear(press("P", "KeyP", { ctrlKey: true, altKey: true, shiftKey: true }))).toEqual({
    chord: "Ctrl+Alt+Shift+P",
  });
  expect(hear(press("ArrowUp", "ArrowUp", { metaKey: true }))).toEqual({ chord: "Super+Up" });
});

test("a letter counts by what it writes, not by where it is", () => {
  expect(hear(press("a", "KeyQ", { ctrlKey: true }))).toEqual({ chord: "Ctrl+A" });
  expect(hear(press("π", "KeyP", { altKey: true }))).toEqual({ chord: "Alt+P" });
});

test("a key that types needs a modifier other than Shift", () => {
  expect(hear(press("p", "KeyP"))).toHaveProperty("problem");
  expect(hear(press("P", "KeyP", { shiftKey: true }))).toHaveProperty("problem");
  expect(hear(press("F9", "F9"))).toEqual({ chord: "F9" });
  expect(hear(press("Pause", "Pause"))).toEqual({ chord: "Pause" });
});

test("an unknown key is refused", () => {
  expect(hear(press("Dead", "IntlRo", { ctrlKey: true }))).toHaveProperty("problem");
});
