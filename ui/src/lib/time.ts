// Instants and lengths, for people, in local time.

import type { Wall } from "./protocol";

// The window speaks English; the zone is the system's.
const LOCALE = "en-GB";
const SHORT = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const EXACT = new Intl.DateTimeFormat(LOCALE, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: "long" });
const DATE = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric" });
const BRIEF = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short" });
const DAY = 24 * 60 * 60 * 1000;
/** A few days before the calendar of the machine ends, on either side. */
const LAST = 8.64e15 - 7 * DAY;

/** The nearest instant that has a day: a log that was changed may hold any number. */
export function possible(at: Wall): Wall {
  return Math.min(Math.max(at, -LAST), LAST);
}

/** `14:03` */
export function clock(at: Wall): string {
  return SHORT.format(possible(at));
}

/** `14:03:07.412` */
export function exact(at: Wall): string {
  return EXACT.format(possible(at));
}

/** `14:03:07` */
export function toTheSecond(at: Wall): string {
  return exact(at).slice(0, 8);
}

/** `14:03` today, `Wednesday 06:00` within the week, else with the date. */
export function moment(at: Wall, now: Wall): string {
  const days = (midnight(at) - midnight(now)) / DAY;
  if (Math.abs(days) < 0.5) return clock(at);
  if (Math.abs(days) < 6.5) return `${WEEKDAY.format(possible(at))} ${clock(at)}`;
  return dated(at);
}

/** `24 November 2026, 14:03` */
export function dated(at: Wall): string {
  return `${DATE.format(possible(at))}, ${clock(at)}`;
}

/** `24 Nov` */
export function shortDate(at: Wall): string {
  return BRIEF.format(possible(at));
}

/** `2026-11-24T14:03:07.412Z`, for machines. */
export function iso(at: Wall): string {
  return new Date(possible(at)).toISOString();
}

/** `45 min`, `1 h`, `9 h 30 min` */
export function length(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

function midnight(at: Wall): number {
  return new Date(possible(at)).setHours(0, 0, 0, 0);
}
