import { expect, test } from "vitest";
import { category } from "./fixtures";
import { compose, conditions, count, examples, explain, matching } from "./rules";

const chat = category("chat", "Chat and messaging", ["Slack", "Discord", "Signal", "Element", "Telegram"]);

test("a rule is told by its conditions", () => {
  expect(conditions({ id: "a", verdict: "hold", exe: "firefox", title: "Payslip" })).toBe(
    "Program is firefox and title contains Payslip",
  );
});

test("a rule that asks for nothing is none", () => {
  expect(compose("hold", { exe: "  " }, [])).toBeNull();
});

test("a new rule has an id of its own and only what was given", () => {
  const first = compose("hold", { exe: "/usr/bin/Foo Bar", title: "" }, []);
  expect(first).toEqual({ id: "foo-bar", verdict: "hold", exe: "/usr/bin/Foo Bar" });
  expect(compose("record", { exe: "foo-bar" }, [first!])?.id).toBe("foo-bar-2");
  expect(compose("hold", { title: "…" }, [])?.id).toBe("rule");
});

test("the filter finds entries, and a category by its own title", () => {
  expect(matching(chat, "sig").map(({ title }) => title)).toEqual(["Signal"]);
  expect(matching(chat, "messag")).toHaveLength(5);
  expect(matching(chat, "bank")).toEqual([]);
  expect(matching(chat, " ")).toBe(chat.entries);
});

test("a category says how much of it is on", () => {
  expect(count(chat)).toBe("All 5");
  expect(count({ ...chat, on: false })).toBe("Off");
  expect(count({ ...chat, entries: chat.entries.map((entry, i) => ({ ...entry, on: i > 0 })) })).toBe("4 of 5");
  expect(examples(chat.entries, 2)).toBe("Slack, Discord …");
});

test("a verdict says what happens and why", () => {
  expect(explain({ treatment: "hold", category: "chat", rule: "chat/slack", cause: "app" }, [chat])).toBe(
    "Nothing is recorded while it is in front. It is Slack (Chat and messaging).",
  );
  expect(explain({ treatment: "record", category: null, rule: null, cause: null }, [chat])).toBe(
    "It is recorded, as far as you agreed.",
  );
  expect(explain({ treatment: "metadata", category: null, rule: null, cause: "unknown-site" }, [chat])).toContain(
    "the site is not known",
  );
});
