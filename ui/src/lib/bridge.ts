import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { EventOf } from "../generated/EventOf";
import type { Request } from "../generated/Request";
import type { Response } from "../generated/Response";

/** The one command. Rejects with a `Failure`. */
export function request(request: Request): Promise<Response> {
  return invoke<Response>("request", { request });
}

/** The one event. */
export function subscribe(take: (event: EventOf) => void): Promise<() => void> {
  return listen<EventOf>("eyelid", (event) => take(event.payload));
}
