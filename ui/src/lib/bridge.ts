// The only way out of the window: three commands, one event, two schemes for pictures.

import { convertFileSrc, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { EventOf, MirrorAnswer, MirrorAsk, Request, Response, ReviewAnswer, ReviewAsk, Wall } from "./protocol";

/** What the window needs from outside. */
export interface Bridge {
  /** Rejects with a `Failure`. */
  request(request: Request): Promise<Response>;
  /** Tells `take` every event from now on; the answer ends it. */
  subscribe(take: (event: EventOf) => void): Promise<() => void>;
  /** Asks the mirror. Rejects with a `Failure`. */
  mirror(ask: MirrorAsk): Promise<MirrorAnswer>;
  /** The address of the mirror's picture of this number. */
  picture(number: number): string;
  /** Asks about what was recorded. Rejects with a `Failure`. */
  review(ask: ReviewAsk): Promise<ReviewAnswer>;
  /** The address of the recorded picture of exactly this time. */
  past(at: Wall): string;
}

/** See `Bridge`. */
export function request(request: Request): Promise<Response> {
  return invoke<Response>("request", { request });
}

/** See `Bridge`. */
export function subscribe(take: (event: EventOf) => void): Promise<() => void> {
  return listen<EventOf>("eyelid", (event) => take(event.payload));
}

/** See `Bridge`. */
export function mirror(ask: MirrorAsk): Promise<MirrorAnswer> {
  return invoke<MirrorAnswer>("mirror", { ask });
}

/** See `Bridge`. */
export function picture(number: number): string {
  return convertFileSrc(String(number), "mirror");
}

/** See `Bridge`. */
export function review(ask: ReviewAsk): Promise<ReviewAnswer> {
  return invoke<ReviewAnswer>("review", { ask });
}

/** See `Bridge`. */
export function past(at: Wall): string {
  return convertFileSrc(String(at), "past");
}
