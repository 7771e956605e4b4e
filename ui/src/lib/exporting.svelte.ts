// An export under way: begun once, asked about until it has ended.

import { asFailure } from "./failure";
import type { ExportState, Failure, ReviewAsk, Span } from "./protocol";
import type { Session } from "./session.svelte";

const EVERY_MS = 300;

/** Why the last one failed was told, wherever that was. */
let told = false;

/** One export at a time. */
export class Exporting {
  state = $state.raw<ExportState>({ kind: "none" });
  failure = $state.raw<Failure | null>(null);

  #review: Session["review"];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #run = 0;
  /** Somebody is there to be told. */
  #here = true;

  constructor(review: Session["review"]) {
    this.#review = review;
  }

  /** Begins; rejects with a `Failure`. */
  async begin(span: Span): Promise<void> {
    const answer = await this.#review({ kind: "export-begin", value: span });
    // Refused, it leaves the one under way alone.
    if (this.#here && answer.kind === "export") this.#take(answer.value, this.#again());
  }

  /** Takes one up that was begun before and is still under way, or failed since without a word. */
  async resume(): Promise<void> {
    this.#here = true;
    const run = this.#again();
    try {
      const answer = await this.#review({ kind: "export-state" });
      if (answer.kind !== "export") return;
      const { kind } = answer.value;
      if (kind === "running" || (kind === "failed" && !told)) this.#take(answer.value, run);
    } catch {
      // Nothing was asked for yet, so nobody waits for the reason.
    }
  }

  /** Ends it; nothing half-written stays. */
  async cancel(): Promise<void> {
    await this.#ask({ kind: "export-cancel" }, this.#again());
  }

  /** Asks no more, and knows nothing of it any longer. */
  leave(): void {
    this.#again();
    this.#here = false;
    this.state = { kind: "none" };
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
    told = state.kind === "failed";
    if (state.kind === "running") {
      this.#timer = setTimeout(() => void this.#ask({ kind: "export-state" }, run), EVERY_MS);
    }
  }
}
