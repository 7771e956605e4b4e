// An export under way: begun once, asked about until it has ended.

import { asFailure } from "./failure";
import type { ExportState, Failure, ReviewAsk, Span } from "./protocol";
import type { Session } from "./session.svelte";

const EVERY_MS = 300;

/** One export at a time. */
export class Exporting {
  state = $state.raw<ExportState>({ kind: "none" });
  failure = $state.raw<Failure | null>(null);

  #review: Session["review"];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #run = 0;

  constructor(review: Session["review"]) {
    this.#review = review;
  }

  /** Begins; rejects with a `Failure`. */
  async begin(span: Span): Promise<void> {
    const run = this.#again();
    const answer = await this.#review({ kind: "export-begin", value: span });
    if (answer.kind === "export") this.#take(answer.value, run);
  }

  /** Takes one up that was begun before and is still under way. */
  async resume(): Promise<void> {
    const run = this.#again();
    try {
      const answer = await this.#review({ kind: "export-state" });
      if (answer.kind === "export" && answer.value.kind === "running") this.#take(answer.value, run);
    } catch {
      // Nothing was asked for yet, so nobody waits for the reason.
    }
  }

  /** Ends it; nothing half-written stays. */
  async cancel(): Promise<void> {
    await this.#ask({ kind: "export-cancel" }, this.#again());
  }

  /** Asks no more. */
  leave(): void {
    this.#again();
  }

  #again(): number {
    clearTimeout(this.#timer);
    this.failure = null;
    return ++this.#run;
  }

  async #ask(ask: ReviewAsk, run: number): Promise<void> {
    try {
      const answer = await this.#review(ask);
      if (answer.kind === "export") this.#take(answer.value, run);
    } catch (thrown) {
      if (run === this.#run) this.failure = asFailure(thrown);
    }
  }

  #take(state: ExportState, run: number): void {
    if (run !== this.#run) return;
    this.state = state;
    if (state.kind === "failed") this.failure = state.value;
    if (state.kind === "running") {
      this.#timer = setTimeout(() => void this.#ask({ kind: "export-state" }, run), EVERY_MS);
    }
  }
}
