// Refusals, whatever shape they come in.

import type { Failure } from "./protocol";

/** What was refused, for people. Anything else that was thrown becomes an internal failure. */
export function asFailure(thrown: unknown): Failure {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown && "cure" in thrown) {
    return thrown as Failure;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "internal", message: `Something went wrong: ${message}.`, cure: "Try again." };
}
