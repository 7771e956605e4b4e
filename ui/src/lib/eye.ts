// The drawings of the eye, out of the one source of all icons.

import type { Shape } from "./words";

/** The lines of one shape, in a box of 22 by 22; empty if the source has no such shape. */
export function drawingOf(source: string, shape: Shape): string {
  const symbol = new RegExp(`<symbol id="${shape}"[^>]*>([^]*?)</symbol>`).exec(source);
  return symbol?.[1] ?? "";
}
