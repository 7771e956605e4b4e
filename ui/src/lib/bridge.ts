// The only way out of the window: two commands, one event, one scheme for pictures.

import { convertFileSrc, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { EventOf, MirrorAnswer, MirrorAsk, Request, Response } from "./protocol";

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
