// A search over what was recorded: one at a time, and only the latest is shown.

import { asFailure } from "./failure";
import type { Failure, Hit, Span } from "./protocol";

/** What to look for, and where. */
export interface Query {
  text: string;
  span: Span;
}

/** What a search came to. */
export interface Found {
  hits: Hit[];
  more: boolean;
}

/** One field, and what it found. */
export class Searching {
  /** The latest is being looked for. */
  busy = $state(false);
  found = $state.raw<(Found & { sought: string }) | null>(null);
  failure = $state.raw<Failure | null>(null);

  #ask: (query: Query) => Promise<Found>;
  /** The latest, as long as its answer is wanted. */
  #latest: Query | null = null;
  #asking = false;

  constructor(ask: (query: Query) => Promise<Found>) {
    this.#ask = ask;
  }

  /** Looks for something, once what is being looked for has been. */
  async search(query: Query): Promise<void> {
    this.clear();
    this.#latest = query;
    this.busy = true;
    if (this.#asking) return;
    this.#asking = true;
    while (this.#latest !== null) await this.#look(this.#latest);
    this.#asking = false;
  }

  /** Nothing is looked for any more, and nothing shown. */
  clear(): void {
    this.#latest = this.found = this.failure = null;
    this.busy = false;
  }

  async #look(query: Query): Promise<void> {
    let found: Found | null = null;
    let failure: Failure | null = null;
    try {
      found = await this.#ask(query);
    } catch (thrown) {
      failure = asFailure(thrown);
    }
    if (query !== this.#latest) return;
    this.clear();
    this.found = found && { sought: query.text, ...found };
    this.failure = failure;
  }
}
