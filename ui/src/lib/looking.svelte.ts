// Looking into the mirror: asked for once a second while it is on the screen, and not at all otherwise.

import { asFailure } from "./failure";
import type { Failure, MirrorAnswer, MirrorAsk, MirrorView, Streams } from "./protocol";

const EVERY_MS = 1000;

/** One pair of eyes on the mirror. */
export class Looking {
  /** What is shown; `null` until the first answer. */
  view = $state.raw<MirrorView | null>(null);
  failure = $state.raw<Failure | null>(null);

  #ask: (ask: MirrorAsk) => Promise<MirrorAnswer>;
  #streams: () => Streams;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts up with each beginning and end, so that late answers are known as such. */
  #run = 0;
  #looks = false;

  constructor(ask: (ask: MirrorAsk) => Promise<MirrorAnswer>, streams: () => Streams) {
    this.#ask = ask;
    this.#streams = streams;
  }

  /** Begins, unless it has. */
  start(): void {
    if (this.#looks) return;
    this.#looks = true;
    void this.#look(++this.#run);
  }

  /** Ends: nothing is shown any more, and whoever shows it is told. */
  stop(): void {
    if (!this.#looks) return;
    this.#looks = false;
    this.#run++;
    clearTimeout(this.#timer);
    this.view = null;
    // Where nobody is left to be told, it is dark already.
    this.#ask({ kind: "stop" }).catch(() => {});
  }

  /** Drops what is shown. Rejects with a `Failure`; answers whether it had been stored already. */
  async drop(): Promise<boolean> {
    const answer = await this.#ask({ kind: "drop", value: this.view?.picture?.number ?? 0 });
    if (this.view !== null) this.view = { ...this.view, picture: null, keys: [] };
    return answer.kind === "dropped" && answer.value.stored;
  }

  async #look(run: number): Promise<void> {
    try {
      const answer = await this.#ask({ kind: "look", value: { ...this.#streams() } });
      if (run !== this.#run) return;
      if (answer.kind === "view") this.view = answer.value;
      this.failure = null;
    } catch (thrown) {
      if (run !== this.#run) return;
      this.view = null;
      this.failure = asFailure(thrown);
    }
    this.#timer = setTimeout(() => void this.#look(run), EVERY_MS);
  }
}
