// Made-up days: who was in front, minute by minute, the same ones each time.

import { dayOf, HOUR, MINUTE, onDay } from "../src/lib/days";
import type { ReviewEvent, Span, Wall, What } from "../src/lib/protocol";

/** What stands in for a hostile page: markup, marks that turn text around, controls. */
export const HOSTILE = "<script>alert(1)</script> \u202egnp.tpircsnart\u202c \u0007\u001b[31m & " + "long ".repeat(80);

/** Apps, each with its titles. */
export const APPS: [string, string[]][] = [
  ["Code", ["timeline.ts – eyelid", "lanes.ts – eyelid", "README.md – eyelid"]],
  ["Firefox", ["Days and clocks – Wikipedia", "svelte – Documentation", HOSTILE]],
  ["XTerm", ["~/eyelid", "git log"]],
  ["LibreOffice Writer", ["Letter to the council.odt", "Minutes of the meeting.odt"]],
  ["Inkscape", ["poster.svg"]],
  ["Notes", ["Diary", "Shopping"]],
  ["Evince", ["Manual.pdf", "Ticket.pdf"]],
  ["Files", ["Home", "Downloads"]],
  ["GIMP", ["photo-of-the-garden.xcf"]],
  ["Calculator", ["Calculator"]],
  ["\u202eVideo", ["مقدمة"]],
];

const WRITTEN = [
  "Dear council, the bench by the river is broken again. ",
  "git commit -m 'Lanes: the rest in one'\n",
  "for (const { from, to } of spans) joined.push(from);\n\t",
  "milk, bread, two lemons\n",
  "what happens when clocks change at midnight\r",
  "<img src=x onerror=alert(2)> is only text here \u2067",
];

/** The same number for the same place, from 0 to 1. */
export function chance(...parts: number[]): number {
  let hash = 2166136261;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part & 0xffffffff), 16777619);
    hash = Math.imul(hash ^ Math.floor(part / 2 ** 32), 16777619);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/** Stretches of a day in which something was recorded. */
export function recordedOn(day: Span, now: Wall): Span[] {
  const number = Math.floor(day.from / HOUR);
  const blocks: [number, number][] = [
    [8 * 60 + 50, 10 * 60 + 20],
    [10 * 60 + 32, 12 * 60],
    [13 * 60, 14 * 60 + 48],
    [14 * 60 + 53, 15 * 60 + 30],
    [15 * 60 + 47, 17 * 60 + 40],
    [20 * 60 + 10, 21 * 60 + 5],
  ];
  return blocks
    .filter((_, i) => chance(number, i) < 0.9)
    .map(([from, to], i) => ({
      from: onDay(day, from) + Math.floor(chance(number, i, 1) * 8 * MINUTE),
      to: onDay(day, to) - Math.floor(chance(number, i, 2) * 8 * MINUTE) - 1,
    }))
    .filter(({ from }) => from < now)
    .map(({ from, to }) => ({ from, to: Math.min(to, now) }));
}

/** Which app was in front in a minute. */
export function inFront(minute: number): number {
  // For some minutes on end it is the same one; the first ones more often.
  const stretch = Math.floor(minute / (4 + Math.floor(chance(Math.floor(minute / 30)) * 9)));
  return Math.min(Math.floor(chance(stretch) ** 2.1 * APPS.length), APPS.length - 1);
}

/** The times of its pictures. */
export function picturesIn({ from, to }: Span): Wall[] {
  const found: Wall[] = [];
  for (let at = Math.ceil(from / 7000) * 7000; at <= to; at += 7000) if (chance(at) < 0.7) found.push(at);
  return found;
}

/** What happened in a range. */
export function eventsIn({ from, to }: Span): ReviewEvent[] {
  const found: ReviewEvent[] = [];
  for (let at = Math.ceil(from / 1500) * 1500; at <= to; at += 1500) {
    const which = inFront(Math.floor(at / MINUTE));
    const [app, titles] = APPS[which]!;
    const title = titles[Math.floor(at / (3 * MINUTE)) % titles.length]!;
    found.push({ at, app, title, what: what(at, which) });
  }
  return found;
}

function what(at: Wall, which: number): What {
  const dice = chance(at, 7);
  if (at % MINUTE < 1500) return { kind: "focus" };
  if (dice < 0.5) return { kind: "click", value: 1 };
  if (dice < 0.56) return { kind: "shortcut", value: "Ctrl+S" };
  if (APPS[which]![0] === "XTerm") return { kind: "keys", value: 4 };
  const text = WRITTEN[which % WRITTEN.length]!;
  const place = Math.floor(at / 1500) * 6;
  return { kind: "text", value: (text + text).slice(place % text.length, (place % text.length) + 6) };
}

/** The last days that have something, ascending. */
export function daysBefore(now: Wall): Span[] {
  return [9, 8, 7, 5, 4, 1, 0].map((back) => dayOf(now, -back));
}
