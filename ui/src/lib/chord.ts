// Key chords as the agent reads them: `Ctrl+Alt+P`.

/** What a key press has to tell. */
export type Press = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey">;

/** A chord, or why it is none; `null` while only modifiers are down. */
export type Heard = { chord: string } | { problem: string } | null;

const NAMED: Record<string, string> = {
  Space: "Space",
  Tab: "Tab",
  Enter: "Enter",
  Backspace: "Backspace",
  Delete: "Delete",
  Insert: "Insert",
  Home: "Home",
  End: "End",
  PageUp: "PageUp",
  PageDown: "PageDown",
  ArrowUp: "Up",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  Pause: "Pause",
  ScrollLock: "ScrollLock",
  PrintScreen: "PrintScreen",
  Minus: "Minus",
  Equal: "Equal",
  Comma: "Comma",
  Period: "Period",
  Slash: "Slash",
  Backslash: "Backslash",
  Semicolon: "Semicolon",
  Quote: "Quote",
  Backquote: "Backquote",
  BracketLeft: "BracketLeft",
  BracketRight: "BracketRight",
};
const ALONE = ["Pause", "ScrollLock", "PrintScreen", "Insert"];

/** What was pressed. */
export function hear(press: Press): Heard {
  if (["Control", "Alt", "AltGraph", "Shift", "Meta", "OS", "Super", "Hyper"].includes(press.key)) return null;
  const key = keyName(press);
  if (key === null) return { problem: "This key cannot be used. Try a letter, a digit or F1 to F24." };
  const needsModifier = !/^F\d+$/.test(key) && !ALONE.includes(key);
  if (needsModifier && !press.ctrlKey && !press.altKey && !press.metaKey) {
    return { problem: "Hold Ctrl, Alt or Super with it, so that it does not fire while you type." };
  }
  const modifiers = [
    press.ctrlKey && "Ctrl",
    press.altKey && "Alt",
    press.shiftKey && "Shift",
    press.metaKey && "Super",
  ].filter((name) => name !== false);
  return { chord: [...modifiers, key].join("+") };
}

function keyName({ key, code }: Press): string | null {
  // By letter, not by place: the agent asks the layout where the letter is.
  if (/^[a-z0-9]$/i.test(key)) return key.toUpperCase();
  const place = /^(?:Key|Digit)([A-Z0-9])$/.exec(code)?.[1];
  if (place !== undefined) return place;
  if (/^F([1-9]|1\d|2[0-4])$/.test(key)) return key;
  return NAMED[code] ?? null;
}
