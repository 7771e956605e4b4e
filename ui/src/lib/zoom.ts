// Where a time is on the screen, and how far one step goes.

import { HOUR, MINUTE, SECOND } from "./days";
import type { Span, Wall } from "./protocol";

/** No closer than this. */
export const CLOSEST = MINUTE;

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900].map((seconds) => seconds * SECOND);
const TICKS = [1, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600].map((seconds) => seconds * SECOND);

/** How much time it is. */
export function width({ from, to }: Span): number {
  return to + 1 - from;
}

/** An instant within a range. */
export function within(at: Wall, { from, to }: Span): Wall {
  return Math.round(Math.min(Math.max(at, from), to));
}

/** Where an instant is, from 0 to 1 and beyond. */
export function placeOf(at: Wall, view: Span): number {
  return (at - view.from) / width(view);
}

/** The instant at a place. */
export function timeAt(place: number, view: Span): Wall {
  return within(view.from + place * width(view), view);
}

/** A view of this width that shows `at` where `view` shows it, and nothing beyond the day. */
function seen(view: Span, day: Span, wide: number, at: Wall): Span {
  const fit = Math.round(Math.min(Math.max(wide, CLOSEST), width(day)));
  return pushed(Math.round(at - placeOf(at, view) * fit), fit, day);
}

function pushed(from: number, wide: number, day: Span): Span {
  const start = Math.round(Math.min(Math.max(from, day.from), day.to + 1 - wide));
  return { from: start, to: start + wide - 1 };
}

/** Closer by a factor, or further with one below 1, with `at` staying where it is. */
export function zoomed(view: Span, day: Span, factor: number, at: Wall): Span {
  return seen(view, day, width(view) / factor, within(at, view));
}

/** Moved by a share of what is seen. */
export function moved(view: Span, day: Span, share: number): Span {
  return pushed(view.from + share * width(view), width(view), day);
}

/** The nearest view of the same width that shows the instant. */
export function showing(view: Span, day: Span, at: Wall): Span {
  if (at >= view.from && at <= view.to) return view;
  return pushed(at - width(view) / 2, width(view), day);
}

/** How far an arrow key goes. */
export function stepOf(view: Span): number {
  return STEPS.findLast((step) => step <= width(view) / 90) ?? SECOND;
}

/** A mark on the ruler. */
export interface Tick {
  at: Wall;
  label: string;
}

/** Marks at round times of the local clock, at most so many. */
export function ticks(view: Span, most: number): Tick[] {
  const step = TICKS.find((step) => width(view) / step <= most) ?? TICKS.at(-1)!;
  const form = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(step < MINUTE ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  });
  // Zones are off by quarters of an hour; up to that all clocks are round at the same time.
  const fine = Math.min(step, HOUR / 4);
  const marks: Tick[] = [];
  for (let at = Math.ceil(view.from / fine) * fine; at <= view.to; at += fine) {
    const clock = new Date(at);
    const since = clock.getHours() * HOUR + clock.getMinutes() * MINUTE + clock.getSeconds() * SECOND;
    // An hour that comes twice is marked twice where every hour is.
    if (since % step === 0 && (step <= HOUR || marks.at(-1)?.label !== form.format(at))) {
      marks.push({ at, label: form.format(at) });
    }
  }
  return marks;
}

/** From where to where is selected. */
export function selected(anchor: Wall, head: Wall): Span | null {
  if (anchor === head) return null;
  return { from: Math.min(anchor, head), to: Math.max(anchor, head) };
}
