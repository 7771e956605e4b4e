// What the window says of the state.

import type { HoldInfo, KeyLevel, Phase, Recipient, Recovery, Snapshot, Stream, Streams, Wall } from "./protocol";
import { dated, moment } from "./time";

/** The eye of a state. */
export type Shape = "open" | "half" | "closed" | "crossed";

/** The one place where a phase becomes a shape. */
export function shapeOf(phase: Phase): Shape {
  switch (phase) {
    case "recording":
      return "open";
    case "filtered":
      return "half";
    case "paused":
      return "closed";
    case "off":
      return "crossed";
  }
}

/** Whether anything is being recorded: the only time for the accent colour. */
export function records(phase: Phase): boolean {
  return phase === "recording" || phase === "filtered";
}

/** Large, on *Now*. */
export function headline(snapshot: Snapshot, now: Wall): string {
  const since = moment(snapshot.status.since, now);
  switch (snapshot.status.phase) {
    case "recording":
    case "filtered":
      return `Recording since ${since}`;
    case "paused":
      return `Paused since ${since}`;
    case "off":
      return "Nothing is recorded";
  }
}

/** The whole state in one line. */
export function oneLine(snapshot: Snapshot, now: Wall): string {
  const { phase, holds } = snapshot.status;
  if (snapshot.system.preview) return "Preview — nothing is stored";
  if (phase === "recording") return headline(snapshot, now);
  if (phase === "filtered") return `${headline(snapshot, now)}, some windows left out`;
  const first = holds[0];
  const word = phase === "paused" ? "Paused" : "Off";
  if (first === undefined) return `${word} since ${moment(snapshot.status.since, now)}`;
  // Without consent nothing else matters yet.
  const more = holds.length > 1 && first.hold !== "not-consented" ? ` · and ${holds.length - 1} more` : "";
  return `${word}: ${inside(first.message)}${first.until === null ? "" : ` · until ${moment(first.until, now)}`}${more}`;
}

/** A hold, in its parts. */
export interface Described {
  message: string;
  since: string;
  until: string | null;
}

/** What holds, since when, until when. */
export function describe(hold: HoldInfo, now: Wall): Described {
  const until =
    hold.until !== null
      ? `until ${moment(hold.until, now)}`
      : hold.hold === "user-pause" || hold.hold === "opt-out"
        ? "until you resume"
        : null;
  return { message: hold.message, since: `since ${moment(hold.since, now)}`, until };
}

/** Whether *Resume* would release something. */
export function resumable(snapshot: Snapshot): boolean {
  return snapshot.status.holds.some(({ hold }) => hold === "user-pause" || hold === "opt-out");
}

/** All streams, in the order people see them. */
export const STREAMS: readonly Stream[] = ["screen", "keys", "pointer", "focus"];

/** The name of a stream. */
export function streamName(stream: Stream): string {
  switch (stream) {
    case "screen":
      return "Screen";
    case "keys":
      return "Keys";
    case "pointer":
      return "Pointer";
    case "focus":
      return "Focus";
  }
}

/** Whether a stream is consented to. */
export function has(streams: Streams, stream: Stream): boolean {
  return stream === "keys" ? streams.keys !== "none" : streams[stream];
}

/** `Screen · Keys (text) · Pointer` */
export function streamList(streams: Streams): string {
  return STREAMS.filter((stream) => has(streams, stream))
    .map((stream) => (stream === "keys" ? `Keys (${keyLevel(streams.keys)})` : streamName(stream)))
    .join(" · ");
}

function keyLevel(level: KeyLevel): string {
  switch (level) {
    case "none":
      return "none";
    case "activity":
      return "activity only";
    case "text":
      return "text";
  }
}

/** The state of the sealing key. */
export function keyState(recipient: Recipient): string {
  switch (recipient) {
    case "none":
      return "No key yet";
    case "unchecked":
      return "Key not verified yet";
    case "locked":
      return "Key not verified: the keyring is locked";
    case "verified":
      return "Key verified";
    case "mismatch":
      return "The key is not the one in your keyring";
  }
}

/** Whether a printed recovery key opens anything. */
export function recoveryState(recovery: Recovery): string {
  switch (recovery.state) {
    case "none":
      return "None. With one on paper you do not depend on your keyring.";
    case "valid":
      return `Good since ${dated(recovery.at)}, until you forget something.`;
    case "voided":
      return `Voided by a forgetting on ${dated(recovery.at)}. You can make another one.`;
  }
}

/** What was deleted, and whether it is gone: the present key would open it in a copy until it is replaced. */
export function goneOrNot(what: string | null, snapshot: Snapshot): string {
  if (!snapshot.rotation_due) return what === null ? "Gone." : `${what} are gone.`;
  return `${what === null ? "Deleted" : `${what} are deleted`}. Gone for good ${goneOnce(snapshot) ?? "in a moment"}.`;
}

/** What the replacement of the key waits for; nothing if for nobody. */
export function goneOnce({ recipient, key }: Pick<Snapshot, "recipient" | "key">): string | null {
  if (recipient === "locked") return "once your keyring is unlocked";
  return key.passphrase ? "once you give your passphrase" : null;
}

/** A sentence to stand inside another: no full stop, and no capital if it begins with a common word. */
function inside(sentence: string): string {
  const bare = sentence.replace(/\.$/, "");
  return /^(You|Your|A|An|The|Nothing) /.test(bare) ? bare.charAt(0).toLowerCase() + bare.slice(1) : bare;
}
