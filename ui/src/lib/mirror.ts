// What the mirror says of the windows and keys in it.

import { title as clean, words } from "./clean";
import type { Category, MirrorKeys, MirrorPicture, MirrorView, MirrorWindow } from "./protocol";

/** Where a window is in its picture, in percent; `null` where nothing of it is. */
export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** See `Place`. */
export function place({ rect }: MirrorWindow, { width, height }: MirrorPicture): Place | null {
  const [x, y, w, h] = rect;
  const [left, right] = [Math.max(x, 0), Math.min(x + w, width)];
  const [top, bottom] = [Math.max(y, 0), Math.min(y + h, height)];
  if (left >= right || top >= bottom) return null;
  const percent = (part: number, whole: number) => (100 * part) / whole;
  return {
    left: percent(left, width),
    top: percent(top, height),
    width: percent(right - left, width),
    height: percent(bottom - top, height),
  };
}

/** `Notes – Diary`, or `Slack, left out: Chat and messaging` */
export function label(window: MirrorWindow, categories: readonly Category[]): string {
  if (window.shown) return filed(window);
  return `${called(window)}, ${why(window, categories)}`;
}

function why(window: MirrorWindow, categories: readonly Category[]): string {
  const category = categories.find(({ id }) => id === window.category)?.title ?? window.category;
  switch (window.cause) {
    case null:
      return "not drawn yet";
    case "app":
    case "site":
      return category === null ? "left out" : `left out: ${category}`;
    case "private-window":
      return "left out: a private window";
    case "unknown-site":
      return "left out: the site is not known";
    case "unknown-app":
      return "left out: the app is not known for certain";
    case "not-listed":
      return "left out: not on your list";
    case "own":
      return "left out: your own rule";
  }
}

/** What an app calls itself, fit to be seen. */
export function called({ app }: { app: string }): string {
  return clean(app, 60);
}

/** Under which name something would be filed. */
export function filed({ app, title }: { app: string; title: string | null }): string {
  return title === null || title === "" ? called({ app }) : `${called({ app })} – ${clean(title)}`;
}

/** What the button says that records a window left out for want of a rule, what that loosens, and what is said then. */
export interface Offer {
  button: string;
  loosens: string;
  done: string;
}

/** See `Offer`. */
export function offer({ cause }: MirrorWindow): Offer {
  const change = "You can change that in Rules.";
  if (cause !== "unknown-site")
    return { button: "Record this site", loosens: "", done: `This site is recorded from now on. ${change}` };
  return {
    button: "Record pages of this browser whose site is unknown",
    loosens:
      "Where this browser tells no site, a page is then left out only if its title gives it away: a chat, a bank or a " +
      "private window may be recorded, too. Sites that are left out stay so only while their address is known.",
    done: `Pages of this browser whose site is unknown are recorded from now on. ${change}`,
  };
}

/** The whole picture in words. */
export function inWords(picture: MirrorPicture): string {
  const shown = picture.windows.filter((window) => window.shown);
  const grey = picture.windows.length - shown.length;
  const parts = shown.map(filed);
  if (grey > 0) parts.push(grey === 1 ? "one window grey" : `${grey} windows grey`);
  return `The screen as it would be stored: ${parts.length === 0 ? "no window" : parts.join("; ")}`;
}

/** What stands below the picture. */
export function standing(view: MirrorView, time: (at: number) => string): string {
  if (view.picture === null) return "";
  const at = time(view.picture.at);
  if (view.state === "preview") return `${at} · stored nowhere`;
  return view.picture.fate === "stored" ? `${at} · stored` : `${at} · not stored yet`;
}

/** What stands in place of a picture. */
export function missing(view: MirrorView | null, screen: boolean): string {
  if (view === null) return "Looking…";
  if (view.state === "held") return "Held: nothing is taken in.";
  return screen ? "Nothing new on the screen." : "No pictures: the screen is not recorded.";
}

/** `“Dear diary” · Ctrl+S ×2 · 3 keys` */
export function typed(keys: MirrorKeys): string {
  const parts: string[] = [];
  if (keys.text !== "") parts.push(`“${words(keys.text)}”`);
  parts.push(...counted(keys.shortcuts));
  if (keys.count > 0) parts.push(keys.count === 1 ? "1 key" : `${keys.count} keys`);
  return parts.join(" · ");
}

/** The same several times in a row is said once. */
function counted(shortcuts: readonly string[]): string[] {
  const runs: { name: string; times: number }[] = [];
  for (const name of shortcuts) {
    const last = runs.at(-1);
    if (last?.name === name) last.times++;
    else runs.push({ name, times: 1 });
  }
  return runs.map(({ name, times }) => (times === 1 ? words(name, 80) : `${words(name, 80)} ×${times}`));
}
