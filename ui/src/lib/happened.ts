// What happened in a moment, as a calm list.

import type { Moment, ReviewEvent, Wall } from "./protocol";

const PAUSE = 60_000;

/** A line of the list. */
export interface Happened {
  at: Wall;
  app: string | null;
  title: string | null;
  what: "text" | "keys" | "shortcut" | "focus" | "click";
  /** The text, or the name of the shortcut. */
  text: string;
  /** Keys, or the same so many times in a row. */
  count: number;
}

/** What is typed: letters, and the keys between them that make none, such as Shift. */
const typed = (what: Happened["what"]) => what === "text" || what === "keys";

/**
 * Joins what belongs together: the text and the keys of one streak of typing into one window, and the same thing
 * several times. Anything else, another window or a pause ends a streak.
 */
export function happened(events: readonly ReviewEvent[]): Happened[] {
  const lines: Happened[] = [];
  /** The lines that what comes next may still be joined to: the last one, or those of a streak of typing. */
  let open: Happened[] = [];
  let last: Wall = -Infinity;
  for (const { at, app, title, what } of events) {
    const text = what.kind === "text" || what.kind === "shortcut" ? what.value : "";
    const count = what.kind === "keys" ? what.value : 1;
    const before = open[0];
    const here = before?.app === app && before.title === title && at - last < PAUSE;
    const goesOn = here && (before.what === what.kind || (typed(before.what) && typed(what.kind)));
    if (!goesOn) open = [];
    const line = open.find((l) => l.what === what.kind && (what.kind !== "shortcut" || l.text === text));
    if (line === undefined) {
      const fresh: Happened = { at, app, title, what: what.kind, text, count };
      lines.push(fresh);
      open = typed(what.kind) ? [...open, fresh] : [fresh];
    } else if (what.kind === "text") line.text += text;
    else line.count += count;
    last = at;
  }
  return lines;
}

/** What a line says beside the app; text is shown by itself. */
export function said({ what, text, count }: Happened): string {
  const times = count === 1 ? "" : ` ×${count}`;
  switch (what) {
    case "text":
      return text;
    case "keys":
      return count === 1 ? "1 key" : `${count} keys`;
    case "shortcut":
      return `${text}${times}`;
    case "focus":
      return "came to the front";
    case "click":
      return count === 1 ? "click" : `${count} clicks`;
  }
}

/** `12 moves, 3 scrolls of the pointer`; nothing if there were none. */
export function counted({ moves, scrolls }: Pick<Moment, "moves" | "scrolls">): string {
  const parts: string[] = [];
  if (moves > 0) parts.push(moves === 1 ? "1 move" : `${moves} moves`);
  if (scrolls > 0) parts.push(scrolls === 1 ? "1 scroll" : `${scrolls} scrolls`);
  return parts.length === 0 ? "" : `${parts.join(", ")} of the pointer`;
}
