import { expect, test } from "vitest";
import { around, title, words } from "./clean";

test("what turns or hides text becomes a sign that does nothing", () => {
  expect(title("a\u202egnp.exe")).toBe("a\ufffdgnp.exe");
  expect(title("\u2066x\u2069\u200b\ufeff")).toBe("\ufffdx\ufffd\ufffd\ufffd");
  expect(title("a\u0000b\u001b[31m\u007f\u0085")).toBe("a\ufffdb\ufffd[31m\ufffd\ufffd");
  expect(title("one\u2028two")).toBe("one\ufffdtwo");
  expect(title("half \ud83d")).toBe("half \ufffd");
});

test("what belongs to words stays", () => {
  expect(title("naïve 日本語 می‌خواهم 👩‍💻")).toBe("naïve 日本語 می‌خواهم 👩‍💻");
});

test("ends of lines show in typed text", () => {
  expect(words("one\ntwo\tthree")).toBe("one⏎two⇥three");
});

test("HTML is left as text", () => {
  expect(title("<script>alert(1)</script>")).toBe("<script>alert(1)</script>");
});

test("a long text is cut, and no character in two", () => {
  expect(title("a".repeat(1_000_000))).toBe(`${"a".repeat(160)}…`);
  expect(title("👁".repeat(161), 160)).toBe(`${"👁".repeat(160)}…`);
  expect(title("👁".repeat(160), 160)).toBe("👁".repeat(160));
});

test("marks do not pile up over the lines above", () => {
  expect(title(`a${"\u0301".repeat(40)}b`)).toBe(`a${"\u0301".repeat(4)}b`);
});

test("what was looked for is shown where it stands", () => {
  expect(around("The Budget of May", "budget")).toEqual(["The ", "Budget", " of May"]);
  expect(around(`${"x".repeat(100)} budget`, "budget", 30)?.[0]).toMatch(/^…x+ $/);
  expect(around("The Budget", "rent")).toBeNull();
  expect(around("The Budget", " ")).toBeNull();
});
