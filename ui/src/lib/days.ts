// Days by this computer's clock, some of which have 23 or 25 hours.

import type { Hour, Span, Wall } from "./protocol";
import { possible } from "./time";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

const LOCALE = "en-GB";

/** The local day in which an instant lies, or one so many days from it. Both ends included. */
export function dayOf(at: Wall, later = 0): Span {
  const day = new Date(possible(at));
  const start = (more: number) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + later + more).getTime();
  return { from: start(0), to: start(1) - 1 };
}

/** An instant by the clock on the wall of a day; `24:00` is the end of it. */
export function onDay(day: Span, minutes: number): Wall {
  const date = new Date(day.from);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate(), 0, minutes).getTime();
}

/** The days in which something was recorded, ascending. */
export function daysOf(hours: readonly Hour[]): Span[] {
  const days: Span[] = [];
  for (const { at } of hours) {
    const last = days.at(-1);
    if (last === undefined || at > last.to) days.push(dayOf(at));
  }
  return days;
}

/** The nearest day before or after with something in it. */
export function neighbour(days: readonly Span[], day: Span, later: -1 | 1): Span | null {
  if (later === 1) return days.find(({ from }) => from > day.to) ?? null;
  return days.findLast(({ to }) => to < day.from) ?? null;
}

/** `Today`, `Yesterday`, or `Friday 20 November`, with the year if it is not this one. */
export function dayName(at: Wall, now: Wall): string {
  if (dayOf(at).from === dayOf(now).from) return "Today";
  if (dayOf(at).from === dayOf(now, -1).from) return "Yesterday";
  return new Date(possible(at)).getFullYear() === new Date(now).getFullYear()
    ? fullDay(at).replace(/ \d+$/, "")
    : fullDay(at);
}

/** `Tuesday 24 November 2026` */
export function fullDay(at: Wall): string {
  return new Intl.DateTimeFormat(LOCALE, { weekday: "long", day: "numeric", month: "long", year: "numeric" })
    .format(possible(at))
    .replace(",", "");
}

/** `2026-11-24`, as the report names a day. */
export function isoDay(at: Wall): string {
  const day = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** `today 09:00–17:00`, to the second where that matters. */
export function range({ from, to }: Span, now: Wall): string {
  // A range ends with its last millisecond; people name the next one.
  const end = (to + 1) % SECOND === 0 ? to + 1 : to;
  const whole = from === dayOf(from).from && to === dayOf(to).to;
  const single = dayOf(from).from === dayOf(to).from;
  if (whole && single) return inside(dayName(from, now));
  if (whole) return `${inside(dayName(from, now))} to ${inside(dayName(to, now))}`;
  const exact = end - from < 10 * MINUTE || from % MINUTE !== 0 || end % MINUTE !== 0;
  const time = (at: Wall) => (at === dayOf(from).to + 1 ? "24:00" : hour(at, exact));
  if (single) return `${inside(dayName(from, now))} ${time(from)}–${time(end)}`;
  return `${inside(dayName(from, now))} ${time(from)} to ${inside(dayName(to, now))} ${hour(end, exact)}`;
}

/** The same where it is enough to know about when: no seconds, and of many days only their names. */
export function about({ from, to }: Span, now: Wall): string {
  const days = dayOf(from).from !== dayOf(to).from && to - from > 36 * HOUR;
  if (days) return range({ from: dayOf(from).from, to: dayOf(to).to }, now);
  if (to - from < 10 * MINUTE) return range({ from, to }, now);
  const round = (at: Wall) => Math.round(at / MINUTE) * MINUTE;
  return range({ from: round(from), to: Math.min(round(to), dayOf(to).to) }, now);
}

/** `09:00–09:42`, within a day that is known. */
export function times(span: Span, now: Wall): string {
  return (
    range(span, now)
      .slice(inside(dayName(span.from, now)).length)
      .trim() || "the whole day"
  );
}

function hour(at: Wall, seconds: boolean): string {
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat(LOCALE, seconds ? { ...form, second: "2-digit" } : form).format(possible(at));
}

function inside(day: string): string {
  return day === "Today" || day === "Yesterday" ? day.toLowerCase() : day;
}
