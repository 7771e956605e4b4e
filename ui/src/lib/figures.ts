// The privacy report in figures: how long, never what.

import { dayOf, fullDay, HOUR } from "./days";
import type { Category, Hold, Report, ReportHour, Span, Wall } from "./protocol";
import { length } from "./time";

/** An hour of the plot. */
export interface Column {
  at: Wall;
  seconds: number;
}

/** One for every hour of a range of up to two days, else one for every day. */
export function columns(report: Report, span: Span): { by: "hour" | "day"; columns: Column[] } {
  const by = span.to - span.from > 50 * HOUR ? "day" : "hour";
  const found = new Map<Wall, number>();
  const place = (at: Wall) => (by === "day" ? dayOf(at).from : at);
  if (by === "hour") {
    // Hours of this computer's clock, as the report has them.
    for (let at = new Date(span.from).setMinutes(0, 0, 0); at <= span.to; at += HOUR) found.set(at, 0);
  } else {
    for (let day = dayOf(span.from); day.from <= span.to; day = dayOf(day.from, 1)) found.set(day.from, 0);
  }
  for (const { at, seconds } of report.hours) {
    if (found.has(place(at))) found.set(place(at), found.get(place(at))! + seconds);
  }
  return { by, columns: [...found].map(([at, seconds]) => ({ at, seconds })) };
}

/** The sum of everything recorded. */
export function totals(hours: readonly ReportHour[]): Omit<ReportHour, "at"> {
  const sum = { seconds: 0, frames: 0, keys: 0, pointer: 0, focus: 0 };
  for (const hour of hours) {
    for (const what of Object.keys(sum) as (keyof typeof sum)[]) sum[what] += hour[what];
  }
  return sum;
}

/** What was withheld in a day, most first. */
export interface WithheldDay {
  day: string;
  name: string;
  parts: { category: string; name: string; seconds: number }[];
}

/** Withheld time by day, with the names of people. */
export function withheld(report: Report, categories: readonly Category[]): WithheldDay[] {
  const days: WithheldDay[] = [];
  for (const { day, category, seconds } of report.withheld) {
    let last = days.at(-1);
    if (last?.day !== day) days.push((last = { day, name: nameOfDay(day), parts: [] }));
    last.parts.push({ category, name: reason(category, categories), seconds });
  }
  for (const { parts } of days) parts.sort((a, b) => b.seconds - a.seconds);
  return days;
}

function nameOfDay(day: string): string {
  const at = Date.parse(`${day}T12:00`);
  return Number.isNaN(at) ? day : fullDay(at);
}

const HOLDS: Record<Hold, string> = {
  "not-consented": "No consent",
  "no-indicator": "Mark not visible",
  "user-pause": "You paused",
  "opt-out": "Your schedule",
  "sensitive-app": "Sensitive app",
  "sensitive-site": "Sensitive site",
  "private-window": "Private window",
  "secret-field": "Password field",
  "key-shown": "Recovery key shown",
  "focus-unknown": "App not known",
  "session-locked": "Screen locked",
  "clock-uncertain": "Clock uncertain",
  "vault-unavailable": "Storage not writable",
  "recipient-unverified": "Key not verified",
  "sensor-silent": "A sensor did not answer",
  "tray-silent": "No answer in time",
  "config-invalid": "Settings not readable",
  "shutting-down": "Eyelid was ending",
};

function reason(id: string, categories: readonly Category[]): string {
  const category = categories.find((category) => category.id === id)?.title;
  if (category !== undefined) return category;
  if (Object.hasOwn(HOLDS, id)) return HOLDS[id as Hold];
  return id === "own" ? "Your own rules" : id;
}

/** `less than 1 min`, `45 min`, `9 h 30 min` */
export function duration(seconds: number): string {
  if (seconds === 0) return "none";
  return seconds < 60 ? "less than 1 min" : length(Math.round(seconds / 60));
}
