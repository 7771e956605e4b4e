// The playhead for those who do not see it.

import { range, SECOND } from "./days";
import { title } from "./clean";
import { appsIn, has } from "./lanes";
import type { Overview, Span, Wall } from "./protocol";
import { toTheSecond } from "./time";

/** What a slider says of itself, in seconds of the day and in words. */
export interface Slider {
  max: number;
  now: number;
  text: string;
}

/** See `Slider`. */
export function slider(
  { at, day, selection }: { at: Wall; day: Span; selection: Span | null },
  overview: Overview,
  now: Wall,
): Slider {
  const parts = [toTheSecond(at)];
  if (!has(overview.recorded, at)) parts.push("nothing recorded");
  else parts.push(...appsIn(overview.lanes, { from: at, to: at }).map((app) => title(app, 40)));
  if (selection !== null) parts.push(`selected ${range(selection, now)}`);
  return {
    max: Math.floor((day.to - day.from) / SECOND),
    now: Math.floor((at - day.from) / SECOND),
    text: parts.join(", "),
  };
}
