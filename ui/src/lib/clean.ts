// What was recorded, made fit to be seen: nothing in it may turn the text around it, hide, or fill the page.

/** Controls, formats, line separators, halves of a character. The two joiners belong to words and emoji, so they stay. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;
/** More marks on one letter than any writing has. */
const PILED = /(\p{M}{4})\p{M}+/gu;

const SHORT = 160;
const LONG = 600;

/** A name or title in one line. */
export function title(text: string, most = SHORT): string {
  return cut(text, most);
}

/** Typed text; what ends a line there shows as such. */
export function words(text: string, most = LONG): string {
  return cut(text, most);
}

function cut(text: string, most: number): string {
  // Text can be a megabyte long; what is not shown is not looked at either.
  const characters = Array.from(text.slice(0, most * 2 + 2));
  const shown = characters.slice(0, most).join("").replace(UNSEEN, visible).replace(PILED, "$1");
  return characters.length > most || text.length > most * 2 + 2 ? `${shown.trimEnd()}…` : shown;
}

/** A stand-in that takes room and does nothing. */
function visible(character: string): string {
  if (character === "\n" || character === "\r") return "⏎";
  return character === "\t" ? "⇥" : "\ufffd";
}

/** A text in three, so that what was looked for can be shown in it; `null` if it is not there. */
export function around(text: string, sought: string, most = SHORT): [string, string, string] | null {
  const wanted = sought.trim().toLowerCase();
  const lower = text.toLowerCase();
  // Lower case of another length would put the marks elsewhere.
  const at = wanted === "" || lower.length !== text.length ? -1 : lower.indexOf(wanted);
  if (at === -1) return null;
  const start = Math.max(0, at - Math.floor(most / 3));
  const before = (start > 0 ? "…" : "") + cut(text.slice(start, at), most);
  return [before, cut(text.slice(at, at + wanted.length), most), cut(text.slice(at + wanted.length), most)];
}
