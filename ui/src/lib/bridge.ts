// The only way out of the window: one command, one event.

import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { EventOf, Request, Response } from "./protocol";

/** What the window needs from outside. */
export interface Bridge {
  /** Rejects with a `Failure`. */
  request(request: Request): Promise<Response>;
  /** Tells `take` every event from now on; the answer ends it. */
  subscribe(take: (event: EventOf) => void): Promise<() => void>;
}

/** See `Bridge`. */
export function request(request: Request): Promise<Response> {
  return invoke<Response>("request", { request });
}

/** See `Bridge`. */
export function subscribe(take: (event: EventOf) => void): Promise<() => void> {
  return listen<EventOf>("eyelid", (event) => take(event.payload));
}
