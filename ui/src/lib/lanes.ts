// The lanes of a day: one per app, and the person's own marks over them.

import { dayOf, onDay } from "./days";
import type { Day, Lane, Overview, PictureInfo, PictureWindow, Recurring, Span, Wall } from "./protocol";
import { placeOf, width } from "./zoom";

const MOST = 8;
const WEEK: readonly Day[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** A lane as it is drawn. */
export interface Drawn {
  /** The app as it was filed; nothing for all the others in one. */
  app: string | null;
  spans: Span[];
}

/** The apps seen most, and one lane for the rest. */
export function lanes(overview: Overview, most = MOST): Drawn[] {
  const first: Drawn[] = overview.lanes.slice(0, most);
  const rest = overview.lanes.slice(most);
  if (rest.length === 0) return first;
  return [...first, { app: null, spans: joined(rest.flatMap(({ spans }) => spans)) }];
}

/** Ranges in order, those that touch or lie closer than `gap` as one. */
export function joined(spans: readonly Span[], gap = 1): Span[] {
  const out: Span[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last !== undefined && from - last.to <= gap) last.to = Math.max(last.to, to);
    else out.push({ from, to });
  }
  return out;
}

/** A piece of a lane, in pixels. */
export interface Bar {
  x: number;
  width: number;
}

/** What of these ranges is in view, in a lane so many pixels wide; nothing is too short to be seen. */
export function bars(spans: readonly Span[], view: Span, pixels: number): Bar[] {
  const seen = spans.filter(({ from, to }) => to >= view.from && from <= view.to);
  return joined(seen, width(view) / Math.max(pixels, 1)).map(({ from, to }) => {
    const x = Math.max(placeOf(from, view), 0) * pixels;
    const end = Math.min(placeOf(to + 1, view), 1) * pixels;
    return { x, width: Math.max(end - x, 1) };
  });
}

/** When the schedule opts out in a day. */
export function optOuts(schedule: readonly Recurring[], day: Span): Span[] {
  const found: Span[] = [];
  for (const begins of [dayOf(day.from, -1), day]) {
    const weekday = WEEK[new Date(begins.from).getDay()]!;
    for (const { days, from, to } of schedule) {
      if (!days.includes(weekday)) continue;
      const crosses = minutes(to) <= minutes(from);
      const start = onDay(begins, minutes(from));
      const end = onDay(begins, minutes(to) + (crosses ? 24 * 60 : 0)) - 1;
      if (end >= day.from && start <= day.to) {
        found.push({ from: Math.max(start, day.from), to: Math.min(end, day.to) });
      }
    }
  }
  return joined(found);
}

function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(":").map(Number);
  return hours * 60 + rest;
}

/** Whether an instant lies in one of these. */
export function has(spans: readonly Span[], at: Wall): boolean {
  return spans.some(({ from, to }) => from <= at && at <= to);
}

/** The apps that have something in a range. */
export function appsIn(lanes: readonly Lane[], { from, to }: Span): string[] {
  return lanes.filter(({ spans }) => spans.some((span) => span.to >= from && span.from <= to)).map(({ app }) => app);
}

/** When the first and the last of a day was recorded. */
export function extent({ recorded }: Overview): Span | null {
  const [first, last] = [recorded[0], recorded.at(-1)];
  return first === undefined || last === undefined ? null : { from: first.from, to: last.to };
}

/** A picture fitted into a box, as `object-fit: contain` does: the window at a place of the box. */
export function windowAt(
  picture: PictureInfo,
  box: { width: number; height: number },
  x: number,
  y: number,
): PictureWindow | null {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const [px, py] = [
    (x - (box.width - picture.width * scale) / 2) / scale,
    (y - (box.height - picture.height * scale) / 2) / scale,
  ];
  if (px < 0 || py < 0 || px >= picture.width || py >= picture.height) return null;
  const inside = ({ rect: [left, top, w, h] }: PictureWindow) =>
    px >= left && px < left + w && py >= top && py < top + h;
  return picture.windows.findLast(inside) ?? null;
}
