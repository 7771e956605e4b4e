// The question for the passphrase: put when something is refused for want of it, and not kept.

import { asFailure } from "./failure";
import type { Failure } from "./protocol";

/** One question at a time, whoever needs the answer. */
export class Asking {
  open = $state(false);
  busy = $state(false);
  /** Why what was typed did not do. */
  failure = $state.raw<Failure | null>(null);

  #try: ((passphrase: string) => Promise<void>) | null = null;
  #decline: () => void = () => {};
  /** They declined while what they had typed was being tried. */
  #left = false;
  #done: Promise<boolean> = Promise.resolve(false);

  /** What `plain` gives; where that takes a passphrase, what `typed` gives. Rejects with a `Failure`. */
  async through<T>(plain: () => Promise<T>, typed: (passphrase: string) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await plain();
      } catch (thrown) {
        const failure = asFailure(thrown);
        if (failure.code !== "passphrase") throw failure;
        if (!this.open) return this.#ask(failure, typed);
        // Somebody else's answer may open it for this one, too.
        if (!(await this.#done)) throw failure;
      }
    }
  }

  /** What the person typed. */
  async answer(passphrase: string): Promise<void> {
    if (this.busy || this.#try === null) return;
    this.busy = true;
    this.failure = null;
    await this.#try(passphrase);
    this.busy = false;
  }

  /** They would rather not. */
  decline(): void {
    if (this.busy) this.#left = true;
    else if (this.open) this.#decline();
  }

  #ask<T>(refusal: Failure, typed: (passphrase: string) => Promise<T>): Promise<T> {
    this.open = true;
    this.#left = false;
    this.failure = null;
    const answered = new Promise<T>((resolve, reject) => {
      const end = (settle: () => void) => {
        this.open = false;
        this.#try = null;
        settle();
      };
      this.#decline = () => end(() => reject(refusal));
      this.#try = async (passphrase) => {
        try {
          const answer = await typed(passphrase);
          end(() => resolve(answer));
        } catch (thrown) {
          const failure = asFailure(thrown);
          if (failure.code === "passphrase" && !this.#left) this.failure = failure;
          else end(() => reject(failure));
        }
      };
    });
    this.#done = answered.then(
      () => true,
      () => false,
    );
    return answered;
  }
}
