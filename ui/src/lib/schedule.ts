// Recurring windows as people write and read them.

import type { Day, Recurring } from "./protocol";

/** The week. */
export const DAYS: readonly Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const SHORT: Record<Day, string> = {
  mon: "Mon",
  tue: "Tue",
  wed: "Wed",
  thu: "Thu",
  fri: "Fri",
  sat: "Sat",
  sun: "Sun",
};
const LONG: Record<Day, string> = {
  mon: "Monday",
  tue: "Tuesday",
  wed: "Wednesday",
  thu: "Thursday",
  fri: "Friday",
  sat: "Saturday",
  sun: "Sunday",
};

/** `Mon` */
export function shortDay(day: Day): string {
  return SHORT[day];
}

/** `Monday` */
export function longDay(day: Day): string {
  return LONG[day];
}

/** `9`, `930`, `9:30`, `09.30`: as `HH:MM`; `null` if it is not a time of day. `24:00` is one. */
export function parseTime(text: string): string | null {
  const match = /^(\d{1,2})(?:[:.h]?(\d{2}))?$/.exec(text.trim());
  if (match === null) return null;
  const hours = Number(match[1]);
  const minutes = Number(match[2] ?? 0);
  if (minutes > 59 || hours * 60 + minutes > 24 * 60) return null;
  return `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}

/** `Every day`, `Weekdays`, `Weekends`, `Mon–Wed, Sat`. */
export function dayList(days: readonly Day[]): string {
  const on = DAYS.map((day) => days.includes(day));
  const code = on.map(Number).join("");
  if (code === "1111111") return "Every day";
  if (code === "1111100") return "Weekdays";
  if (code === "0000011") return "Weekends";
  const runs: string[] = [];
  for (let i = 0; i < DAYS.length; i++) {
    if (!on[i]) continue;
    let end = i;
    while (on[end + 1]) end++;
    const [first, last] = [DAYS[i]!, DAYS[end]!];
    if (end - i >= 2) runs.push(`${SHORT[first]}–${SHORT[last]}`);
    else for (let j = i; j <= end; j++) runs.push(SHORT[DAYS[j]!]);
    i = end;
  }
  return runs.join(", ");
}

/** Whether it ends on the day after it began. */
export function crossesMidnight({ from, to }: Pick<Recurring, "from" | "to">): boolean {
  return minutesOf(to) <= minutesOf(from);
}

/** `22:00 – 07:00 next day` */
export function hours(window: Pick<Recurring, "from" | "to">): string {
  return `${window.from} – ${window.to}${crossesMidnight(window) ? " next day" : ""}`;
}

/** How long it lasts, in minutes, on a day without a change of the clocks. */
export function lasts(window: Pick<Recurring, "from" | "to">): number {
  const minutes = minutesOf(window.to) - minutesOf(window.from);
  return minutes > 0 ? minutes : minutes + 24 * 60;
}

/** A sentence: from when until when, and that it crosses midnight if it does. */
export function sentence(window: Recurring): string {
  const days = dayList(window.days);
  const until = crossesMidnight(window) ? `until ${window.to} on the next day` : `until ${window.to}`;
  return `${days}, from ${window.from} ${until}`;
}

/** A window being written. */
export interface Draft {
  days: Day[];
  from: string;
  to: string;
}

/** What a draft comes to, or what is still wrong with it. */
export function finish(draft: Draft): { window: Recurring } | { problem: string } {
  const days = DAYS.filter((day) => draft.days.includes(day));
  if (days.length === 0) return { problem: "Choose at least one day." };
  const from = parseTime(draft.from);
  const to = parseTime(draft.to);
  if (from === null) return { problem: "Write the beginning as HH:MM, such as 22:00." };
  if (to === null) return { problem: "Write the end as HH:MM, such as 07:00." };
  return { window: { days, from, to } };
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number) as [number, number];
  return hours * 60 + minutes;
}
