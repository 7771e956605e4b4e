import type { Change } from "../generated/Change";
import type { Snapshot } from "../generated/Snapshot";
import type { Wall } from "../generated/Wall";

/** Takes a change in: the only way the window's state changes. A section is named as the field it replaces. */
export function apply(snapshot: Snapshot, change: Change): Snapshot {
  return { ...snapshot, [change.section]: change.value };
}

/** A time of day, local, with milliseconds. */
export function clock(at: Wall): string {
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false } as const;
  return new Intl.DateTimeFormat("en-GB", options).format(at);
}

/** What is happening, in a word or two. */
export function headline(snapshot: Snapshot): string {
  switch (snapshot.status.phase) {
    case "recording":
      return "Recording";
    case "filtered":
      return "Recording, with something left out";
    case "paused":
      return "Not recording";
    case "off":
      return "Off";
  }
}
