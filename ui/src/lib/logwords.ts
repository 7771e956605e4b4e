// The access log in plain words.

import { title } from "./clean";
import { about, dayName, dayOf } from "./days";
import type { KeyChange, LogLine, LogPage, Span, Wall } from "./protocol";

/** No clock stands there. */
const BEYOND = Date.UTC(3000, 0);

/** An entry: what happened, and what else is known of it. */
export interface Said {
  what: string;
  detail: string;
}

/** See `Said`. */
export function said({ entry, at }: LogLine, now: Wall): Said {
  switch (entry.kind) {
    case "consent":
      return { what: "You agreed to recording", detail: "" };
    case "consent-withdrawn":
      return { what: "You withdrew your consent", detail: "" };
    case "loosened":
      return { what: bare(title(entry.value.what)), detail: `asked by ${program(entry.value.client, true)}` };
    case "reading": {
      const { purpose, span, items } = entry.value;
      return {
        what: `${program(entry.value.program)} ${purposeOf(purpose)}`,
        detail: join(when(span, at, now), records(items)),
      };
    }
    case "export": {
      const { span, items } = entry.value;
      return {
        what: `${program(entry.value.program)} wrote your recording out, readable`,
        detail: join(when(span, at, now), records(items)),
      };
    }
    case "forgotten": {
      const { span, how } = entry.value;
      const what = span === null || endless(span) ? "Everything was forgotten" : "A part was forgotten";
      return { what, detail: join(span === null || endless(span) ? "" : when(span, at, now), howOf(how)) };
    }
    case "rotated":
      return { what: "The key was replaced", detail: "what was forgotten before is gone" };
    case "key":
      return { what: changeOf(entry.value.what), detail: `by ${program(entry.value.program, true)}` };
  }
}

function changeOf(what: KeyChange): string {
  switch (what) {
    case "passphrase-set":
      return "The key was put under a passphrase";
    case "passphrase-removed":
      return "The key was taken out of its passphrase";
    case "recovery-made":
      return "A recovery key was made";
    case "recovery-used":
      return "A recovery key put the key back into the keyring";
    case "recovery-voided":
      return "A forgetting voided the recovery key";
  }
}

/** Who it was; names that programs gave themselves are only text. */
function program(name: string, inside = false): string {
  switch (name) {
    case "tray":
    case "Eyelid":
      return inside ? "Eyelid's own menu or window" : "The window";
    case "rotation":
      return inside ? "the replacement of the key" : "The replacement of the key";
    case "eyelid-agent":
    case "agent":
      return inside ? "the recorder" : "The recorder";
    default:
      return title(name, 40);
  }
}

function purposeOf(purpose: string): string {
  switch (purpose) {
    case "timeline":
      return "looked at your timeline";
    case "search":
      return "searched your recording";
    case "report":
    case "summary":
      return "made a report, without content";
    case "export":
      return "opened your recording for an export";
    case "verify":
      return "checked everything";
    case "forget":
      return "opened your recording to forget a part of it";
    default:
      return `read your recording (${title(purpose, 40)})`;
  }
}

function howOf(how: string): string {
  switch (how) {
    case "retention":
      return "because it was old";
    case "tray":
    case "Eyelid":
      return "in Eyelid's own menu or window";
    case "one app":
      return "one app only";
    case "one picture":
    case "pictures":
      return how;
    case "everything":
    case "":
      return "";
    default:
      return `by ${title(how, 40)}`;
  }
}

/** Programs write "everything" as a range that no clock reaches. */
function endless({ from, to }: Span): boolean {
  return from <= 0 && to >= BEYOND;
}

/** An open end is where the entry was written. */
function when(span: Span, written: Wall, now: Wall): string {
  if (endless(span)) return "all of it";
  const to = span.to < BEYOND ? span.to : Math.max(written, span.from);
  if (span.from <= 0) return `up to ${about({ from: to, to }, now).replace(/–.*/, "")}`;
  return about({ from: span.from, to }, now);
}

function records(items: number): string {
  return items === 1 ? "1 record" : `${items.toLocaleString("en-GB")} records`;
}

function join(...parts: string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}

function bare(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

/** A day of the log. */
export interface LogDay {
  from: Wall;
  name: string;
  lines: LogLine[];
}

/** Entries by local day, in their order. */
export function byDay(lines: readonly LogLine[], now: Wall): LogDay[] {
  const days: LogDay[] = [];
  for (const line of lines) {
    const { from } = dayOf(line.at);
    const last = days.at(-1);
    if (last?.from === from) last.lines.push(line);
    else days.push({ from, name: dayName(line.at, now), lines: [line] });
  }
  return days;
}

/** What stands at the top and stays; `fault` in the style of one. */
export interface Standing {
  fault: boolean;
  lines: string[];
}

/** See `Standing`. */
export function standing({ chain_holds, broken_at, rolled_back }: LogPage): Standing {
  const lines: string[] = [];
  if (!chain_holds) {
    const from = broken_at === null ? "" : `, from entry ${broken_at} on`;
    lines.push(`The log has been changed outside Eyelid${from}.`);
  }
  if (rolled_back === true) lines.push("An older copy of the recording was put back.");
  if (lines.length > 0) return { fault: true, lines };
  const kept = rolled_back === null ? " Whether an older copy was put back cannot be told now." : "";
  return { fault: false, lines: [`The log is whole: each entry follows from the one before.${kept}`] };
}
