// Rules as people read and write them.

import type { Category, Entry, OwnRule, Treatment, Verdict } from "./protocol";

/** What a rule of the person's own can ask for. */
export type Attribute = "exe" | "class" | "app_id" | "title" | "site";

/** Every attribute with its name and an example. */
export const ATTRIBUTES: readonly { id: Attribute; name: string; hint: string }[] = [
  { id: "exe", name: "Program", hint: "firefox, or /usr/bin/firefox" },
  { id: "class", name: "Window class", hint: "Gimp" },
  { id: "app_id", name: "App id", hint: "org.gnome.Calculator" },
  { id: "title", name: "Title contains", hint: "Payslip (a regular expression)" },
  { id: "site", name: "Site", hint: "example.com, or example.com/private" },
];

/** `Program is firefox and title contains Payslip` */
export function conditions(rule: OwnRule): string {
  const parts = ATTRIBUTES.flatMap(({ id, name }) => {
    const value = rule[id];
    if (value === undefined) return [];
    return [id === "title" ? `${name} ${value}` : `${name} is ${value}`];
  });
  return parts.map((part, i) => (i === 0 ? part : part.charAt(0).toLowerCase() + part.slice(1))).join(" and ");
}

/** What a verdict of the person's own does. */
export function treatment(verdict: Treatment): string {
  switch (verdict) {
    case "hold":
      return "Never record";
    case "metadata":
      return "Only that it was in front";
    case "record":
      return "Record";
  }
}

/** A new rule, with an id that no other has; `null` while nothing is asked for. */
export function compose(
  verdict: Treatment,
  values: Partial<Record<Attribute, string>>,
  others: readonly OwnRule[],
): OwnRule | null {
  const given = ATTRIBUTES.flatMap(({ id }) => {
    const value = values[id]?.trim();
    return value ? [[id, value] as const] : [];
  });
  if (given.length === 0) return null;
  return { id: freshId(given[0]![1], others), verdict, ...Object.fromEntries(given) };
}

/** What of a category matches the filter; by the category's title, everything. */
export function matching(category: Category, filter: string): Entry[] {
  const wanted = filter.trim().toLowerCase();
  if (category.title.toLowerCase().includes(wanted)) return category.entries;
  return category.entries.filter((entry) => entry.title.toLowerCase().includes(wanted));
}

/** `All 45`, `43 of 45`, `Off` */
export function count(category: Category): string {
  if (!category.on) return "Off";
  const on = category.entries.filter((entry) => entry.on).length;
  return on === category.entries.length ? `All ${on}` : `${on} of ${category.entries.length}`;
}

/** The first few, by name. */
export function examples(entries: readonly Entry[], most = 4): string {
  const names = entries.slice(0, most).map((entry) => entry.title);
  return entries.length > most ? `${names.join(", ")} …` : names.join(", ");
}

/** A verdict in a sentence or two. */
export function explain(verdict: Verdict, categories: readonly Category[]): string {
  const what = outcome(verdict.treatment);
  const why = because(verdict, categories);
  return why === null ? what : `${what} ${why}`;
}

function outcome(verdict: Treatment): string {
  switch (verdict) {
    case "hold":
      return "Nothing is recorded while it is in front.";
    case "metadata":
      return "Only that it was in front is recorded: no title, no picture, no keys.";
    case "record":
      return "It is recorded, as far as you agreed.";
  }
}

function because(verdict: Verdict, categories: readonly Category[]): string | null {
  const category = categories.find(({ id }) => id === verdict.category);
  const entry = category?.entries.find(({ id }) => verdict.rule === `${category.id}/${id}` || verdict.rule === id);
  const name = entry && category ? `${entry.title} (${category.title})` : (category?.title ?? verdict.rule);
  switch (verdict.cause) {
    case null:
      return null;
    case "app":
      return `It is ${name ?? "a sensitive app"}.`;
    case "site":
      return `The site belongs to ${name ?? "a sensitive site"}.`;
    case "private-window":
      return "It is a private window.";
    case "unknown-site":
      return "It is a browser, and the site is not known.";
    case "unknown-app":
      return "The app is not known for certain.";
    case "not-listed":
      return "You record only what you list, and it is not listed.";
    case "own":
      return `Your own rule “${verdict.rule ?? ""}” says so.`;
  }
}

function freshId(value: string, others: readonly OwnRule[]): string {
  const base =
    value
      .toLowerCase()
      .replace(/^.*\/(?=[^/])/, "")
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 40) || "rule";
  const taken = new Set(others.map(({ id }) => id));
  let id = base;
  for (let n = 2; taken.has(id); n++) id = `${base}-${n}`;
  return id;
}
