// Pauses as a person writes them.

import type { PauseFor, Wall } from "./protocol";
import { parseTime } from "./schedule";

/** `90`, `45 min`, `1h`, `1 h 30`: minutes; `null` if it is none of these, or less than one. */
export function parseMinutes(text: string): number | null {
  const match = /^(?:(\d+)\s*h)?\s*(?:(\d+)\s*(?:m|min)?)?$/i.exec(text.trim());
  if (match === null || (match[1] === undefined && match[2] === undefined)) return null;
  const minutes = Number(match[1] ?? 0) * 60 + Number(match[2] ?? 0);
  return Number.isSafeInteger(minutes) && minutes >= 1 && minutes <= 0xffff_ffff ? minutes : null;
}

/** The next time that the local clock shows this; `null` if it is not a time of day. */
export function nextAt(text: string, now: Wall): Wall | null {
  const time = parseTime(text);
  if (time === null) return null;
  const [hours, minutes] = time.split(":").map(Number) as [number, number];
  const at = new Date(now);
  at.setHours(hours, minutes, 0, 0);
  if (at.getTime() <= now) {
    at.setDate(at.getDate() + 1);
    at.setHours(hours, minutes, 0, 0);
  }
  return at.getTime();
}

/** A pause as written, by duration or by time; `null` if it cannot be read. */
export function parsePause(by: "duration" | "time", text: string, now: Wall): PauseFor | null {
  if (by === "duration") {
    const minutes = parseMinutes(text);
    return minutes === null ? null : { kind: "minutes", value: minutes };
  }
  const at = nextAt(text, now);
  return at === null ? null : { kind: "until", value: at };
}
