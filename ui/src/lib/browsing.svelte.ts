// Looking at what was recorded: a day, a view of it, a playhead, a selection. What comes from the reader is held only
// while it is looked at.

import { dayOf, daysOf, MINUTE, neighbour, SECOND } from "./days";
import { asFailure } from "./failure";
import { extent, has } from "./lanes";
import type { Failure, Hour, Moment, Overview, Span, Wall } from "./protocol";
import type { Session } from "./session.svelte";
import { moved, selected, showing, stepOf, width, within, zoomed } from "./zoom";

const SETTLES_MS = 80;
/** A day that was read longer ago is read anew. A reader that was not asked for a minute has ended, and the next one is
 * then asked for the day first: that is what its entry in the log says, and not one minute after the other. */
const STALE_MS = 45_000;
/** How often it may be where it may have grown. */
const GROWS_MS = 5_000;

/** What of the session it needs. */
export type Reader = Pick<Session, "read" | "review">;

/** One person, looking. */
export class Browsing {
  /** Whether anything may be shown. */
  open = $state(false);
  /** `null` until the first answer. */
  hours = $state.raw<Hour[] | null>(null);
  overview = $state.raw<Overview | null>(null);
  /** The last answer to a look, with the instant it is about. */
  #answer = $state.raw<{ at: Wall; moment: Moment } | null>(null);
  /** Why there is no overview. */
  failure = $state.raw<Failure | null>(null);
  /** Why there is no moment. */
  momentFailure = $state.raw<Failure | null>(null);

  day = $state.raw<Span>(dayOf(Date.now()));
  view = $state.raw<Span>(dayOf(Date.now()));
  at = $state<Wall>(Date.now());
  /** Where the selection began and where it ends, in either order. */
  #ends = $state.raw<[Wall, Wall] | null>(null);

  days = $derived(daysOf(this.hours ?? []));
  moment = $derived(this.#answer?.moment ?? null);
  /** What is shown is of this instant; the playhead may have gone on. */
  momentAt = $derived(this.#answer?.at ?? this.at);
  selection = $derived(this.#ends === null ? null : selected(...this.#ends));

  #reader: Reader;
  /** A day was chosen, by the person or by the first answer. */
  #picked = false;
  /** The playhead has its place in the day. */
  #placed = false;
  // Both count up, so that late answers are known as such.
  #run = 0;
  #looks = 0;
  /** When the day was last read. */
  #read = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Begins to look, or begins anew. */
  async start(): Promise<void> {
    this.open = true;
    const run = ++this.#run;
    this.failure = null;
    try {
      const hours = await this.#reader.read({ kind: "hours" }, "hours");
      if (run !== this.#run) return;
      this.hours = hours;
      const last = this.days.at(-1);
      if (last === undefined) return this.#drop();
      if (!this.#picked) this.#show(last);
      this.#picked = true;
      await this.#glance(run);
    } catch (thrown) {
      if (run === this.#run) this.failure = asFailure(thrown);
    }
  }

  /** Ends it: nothing of the content is kept, and the reader may go. */
  stop(): void {
    if (!this.open) return;
    this.open = false;
    this.#run++;
    this.#drop();
    this.hours = this.failure = null;
    // Where nobody is left to be told, nothing is open either.
    this.#reader.review({ kind: "close" }).catch(() => {});
  }

  /** Something was forgotten: nothing that was read before it is shown any longer. */
  forgot(): void {
    this.#run++;
    this.#drop();
  }

  /** Shows a day from the last that was recorded in it. */
  goTo(day: Span): Promise<void> {
    this.#picked = true;
    this.#show(day);
    return this.start();
  }

  /** Shows a moment, in whatever day it lies. */
  async goToMoment(at: Wall): Promise<void> {
    const day = dayOf(at);
    const other = day.from !== this.day.from;
    if (other) this.#show(day);
    this.#picked = this.#placed = true;
    // Something is there; where the day does not say so, it was recorded since.
    if (this.overview !== null && !has(this.overview.recorded, at)) this.#read = 0;
    this.seek(at);
    if (other) await this.start();
  }

  /** The nearest day before or after with something in it, if there is one. */
  turn(later: -1 | 1): void {
    const day = neighbour(this.days, this.day, later);
    if (day !== null) void this.goTo(day);
  }

  /** Moves the playhead, and with `extend` one end of the selection with it. */
  seek(at: Wall, extend = false): void {
    const to = within(at, this.day);
    // A selection goes on where it ends; from anywhere else a new one begins.
    if (extend) this.#ends = [this.#ends?.[1] === this.at ? this.#ends[0] : this.at, to];
    this.#move(to);
  }

  /** A new selection from where a drag began to where it is, and the playhead with it. */
  drag(from: Wall, at: Wall): void {
    this.select(from, at);
    this.#move(within(at, this.day));
  }

  /** To the next round time in this direction, as far as the present zoom makes a step. */
  step(towards: -1 | 1, extend = false): void {
    const step = stepOf(this.view);
    const steps = (this.at - this.day.from) / step;
    const next = towards === 1 ? Math.floor(steps) + 1 : Math.ceil(steps) - 1;
    this.seek(this.day.from + next * step, extend);
  }

  /** A whole selection at once. */
  select(from: Wall, to: Wall): void {
    this.#ends = [within(from, this.day), within(to, this.day)];
  }

  /** Nothing is selected. */
  clear(): void {
    this.#ends = null;
  }

  /** To where the day's recording begins or ends. */
  edge(end: "from" | "to", extend = false): void {
    const found = this.overview && extent(this.overview);
    this.seek((found ?? this.day)[end], extend);
  }

  /** Closer or further, around an instant, or else around the playhead. */
  zoom(factor: number, around: Wall | null = null): void {
    const fixed = around ?? (this.at >= this.view.from && this.at <= this.view.to ? this.at : middle(this.view));
    this.view = zoomed(this.view, this.day, factor, fixed);
  }

  /** The view by a share of itself. */
  pan(share: number): void {
    this.view = moved(this.view, this.day, share);
  }

  /** The whole day. */
  wholeDay(): void {
    this.view = this.day;
  }

  /** An instant as round as the zoom is coarse. */
  round(at: Wall): Wall {
    const grain = Math.max(SECOND, Math.floor(width(this.view) / (12 * MINUTE)) * SECOND);
    const fit = [1, 2, 5, 10, 15, 30, 60, 120].map((s) => s * SECOND).findLast((s) => s <= grain) ?? SECOND;
    return within(this.day.from + Math.round((at - this.day.from) / fit) * fit, this.day);
  }

  #show(day: Span): void {
    this.day = this.view = day;
    this.#ends = null;
    this.#forgetMoment();
    this.at = day.to;
    this.#placed = false;
  }

  #move(to: Wall): void {
    this.at = to;
    this.view = showing(this.view, this.day, to);
    this.#look();
  }

  async #glance(run: number): Promise<void> {
    const overview = await this.#reader.read({ kind: "overview", value: this.day }, "overview");
    if (run !== this.#run) return;
    this.overview = overview;
    this.#read = Date.now();
    if (!this.#placed) this.at = extent(overview)?.to ?? this.at;
    this.#placed = true;
    this.#look();
  }

  #drop(): void {
    this.overview = null;
    this.#read = 0;
    this.#forgetMoment();
  }

  #forgetMoment(): void {
    clearTimeout(this.#settling);
    this.#looks++;
    this.#answer = this.momentFailure = null;
  }

  /** Asks once the playhead rests. */
  #look(): void {
    clearTimeout(this.#settling);
    const look = ++this.#looks;
    this.#settling = setTimeout(() => void this.#ask(look), SETTLES_MS);
  }

  async #ask(look: number): Promise<void> {
    const [at, run] = [this.at, this.#run];
    try {
      if (this.#outdated(at)) {
        const overview = await this.#reader.read({ kind: "overview", value: this.day }, "overview");
        if (run !== this.#run) return;
        this.overview = overview;
        this.#read = Date.now();
        if (look !== this.#looks) return;
      }
      // A minute up to the playhead: what led to what was on the screen then.
      const span = { from: at - MINUTE + 1, to: at };
      const moment = await this.#reader.read({ kind: "moment", value: span }, "moment");
      if (look !== this.#looks) return;
      this.#answer = { at, moment };
      this.momentFailure = null;
    } catch (thrown) {
      if (look !== this.#looks) return;
      this.#answer = null;
      this.momentFailure = asFailure(thrown);
    }
  }

  /** Whether the day is to be asked for before a moment of it. */
  #outdated(at: Wall): boolean {
    const [now, known] = [Date.now(), this.overview && extent(this.overview)];
    const grows = now <= this.day.to && at > (known?.to ?? -Infinity);
    return now - this.#read > (grows ? GROWS_MS : STALE_MS);
  }
}

function middle({ from, to }: Span): Wall {
  return Math.round((from + to) / 2);
}
