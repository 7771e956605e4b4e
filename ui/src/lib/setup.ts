// The first run: its steps, and what each needs before the next.

import type { Streams } from "./protocol";

/** The steps, in order. Nothing is recorded before the last one is done. */
export const STEPS = ["welcome", "streams", "apps", "agree"] as const;

/** One of them. */
export type Step = (typeof STEPS)[number];

/** At the start nothing is chosen. */
export const NOTHING: Streams = { screen: false, keys: "none", pointer: false, focus: false };

/** Whether any stream is chosen. */
export function chosen(streams: Streams): boolean {
  return streams.screen || streams.keys !== "none" || streams.pointer || streams.focus;
}

/** What keeps a person from going on; `null` if nothing does. */
export function obstacle(step: Step, streams: Streams): string | null {
  if (step === "streams" && !chosen(streams)) return "Choose at least one. Until then nothing is recorded.";
  return null;
}

/** The step after; the last one has none. */
export function after(step: Step): Step | null {
  return STEPS[STEPS.indexOf(step) + 1] ?? null;
}

/** The step before; the first one has none. */
export function before(step: Step): Step | null {
  return STEPS[STEPS.indexOf(step) - 1] ?? null;
}

/** `2 of 4` */
export function progress(step: Step): string {
  return `${STEPS.indexOf(step) + 1} of ${STEPS.length}`;
}
