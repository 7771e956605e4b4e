// The state of the agent as the window knows it, and the way to ask for something.

import { getContext, setContext } from "svelte";
import { Asking } from "./asking.svelte";
import type { Bridge } from "./bridge";
import { asFailure } from "./failure";
import type {
  MirrorAnswer,
  MirrorAsk,
  ReadAnswer,
  ReadAsk,
  Request,
  Response,
  ReviewAnswer,
  ReviewAsk,
  Snapshot,
  Wall,
} from "./protocol";
import { apply } from "./state";

const RETRY_MS = 2000;

/** Answers that hold something. */
type Content = Exclude<ReadAnswer, { kind: "unlocked" }>;
/** What an answer of this kind holds. */
type Answered<Kind extends Content["kind"]> = Extract<Content, { kind: Kind }>["value"];

/** One connection to the agent, through the bridge. */
export class Session {
  /** `null` until the first answer, and while the agent is gone. */
  snapshot = $state.raw<Snapshot | null>(null);
  /** Why there is no snapshot. */
  gone = $state<string | null>(null);
  /** The question for the passphrase. */
  readonly asking = new Asking();

  #bridge: Bridge;
  #changedMeanwhile = false;
  #ended = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** Listens, then asks for the whole state. The answer ends it. */
  start(): () => void {
    const listening = this.#bridge.subscribe((event) => {
      switch (event.kind) {
        case "snapshot":
          this.#take(event.value);
          break;
        case "changes":
          this.#changedMeanwhile = true;
          if (this.snapshot !== null) this.snapshot = event.value.reduce(apply, this.snapshot);
          break;
        case "gone":
          this.#lose(event.value);
          break;
        case "notice":
          // The desktop shows it.
          break;
      }
    });
    listening.then(
      () => this.refresh(),
      (thrown: unknown) => this.#lose(asFailure(thrown).message),
    );
    return () => {
      this.#ended = true;
      clearTimeout(this.#retry);
      void listening.then((end) => end());
    };
  }

  /** The whole state anew: events may have been missed while the window slept. */
  async refresh(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      // A change that overtook the answer may be missing from it.
      do {
        this.#changedMeanwhile = false;
        const response = await this.#bridge.request({ kind: "status" });
        if (response.kind === "snapshot") this.#take(response.value);
      } while (this.#changedMeanwhile && !this.#ended);
    } catch (thrown) {
      this.#lose(asFailure(thrown).message);
    }
  }

  /** Asks; rejects with a `Failure`. */
  async ask(request: Request): Promise<Response> {
    try {
      return await this.#bridge.request(request);
    } catch (thrown) {
      throw asFailure(thrown);
    }
  }

  /** Asks the mirror; rejects with a `Failure`. */
  async mirror(ask: MirrorAsk): Promise<MirrorAnswer> {
    try {
      return await this.#bridge.mirror(ask);
    } catch (thrown) {
      throw asFailure(thrown);
    }
  }

  /** The address of the mirror's picture of this number. */
  picture(number: number): string {
    return this.#bridge.picture(number);
  }

  /** Asks about what was recorded, and the person for their passphrase where that is wanted; rejects with a `Failure`. */
  review(ask: ReviewAsk): Promise<ReviewAnswer> {
    return this.asking.through(
      () => this.#review(ask),
      (passphrase) => this.#review({ kind: "with-passphrase", value: { passphrase, ask } }),
    );
  }

  async #review(ask: ReviewAsk): Promise<ReviewAnswer> {
    try {
      return await this.#bridge.review(ask);
    } catch (thrown) {
      throw asFailure(thrown);
    }
  }

  /** Asks the reader for an answer of one kind; rejects with a `Failure`, the reader's own included. */
  async read<Kind extends Content["kind"]>(ask: ReadAsk, kind: Kind): Promise<Answered<Kind>> {
    const answer = await this.review({ kind: "read", value: ask });
    const read = answer.kind === "read" ? answer.value : null;
    if (read?.kind === "failed") throw read.value;
    if (read === null || read.kind === "unlocked" || read.kind !== kind) {
      throw asFailure(new Error("an answer to another question"));
    }
    return read.value as Answered<Kind>;
  }

  /** The address of the recorded picture of exactly this time. */
  past(at: Wall): string {
    return this.#bridge.past(at);
  }

  #take(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.gone = null;
  }

  #lose(why: string): void {
    this.snapshot = null;
    this.gone = why;
    clearTimeout(this.#retry);
    if (!this.#ended) this.#retry = setTimeout(() => void this.refresh(), RETRY_MS);
  }
}

const KEY = Symbol("session");

/** Gives the session to every component below. */
export function provideSession(session: Session): void {
  setContext(KEY, session);
}

/** The session of this window. */
export function useSession(): Session {
  return getContext<Session>(KEY);
}
