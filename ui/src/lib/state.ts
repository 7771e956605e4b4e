// The one function that keeps the window's state up to date.

import type { Change, Snapshot } from "./protocol";

/** Takes a change in. A section is named as the field that it replaces. */
export function apply(snapshot: Snapshot, change: Change): Snapshot {
  return { ...snapshot, [change.section]: change.value };
}
