import { expect, test } from "vitest";
import { recording } from "./fixtures";
import { apply } from "./state";

test("a change replaces its section and nothing else", () => {
  const before = recording();
  const after = apply(before, { section: "last_app", value: "Editor" });
  expect(after.last_app).toBe("Editor");
  expect(before.last_app).toBe("Firefox");
  expect({ ...after, last_app: before.last_app }).toEqual(before);
  expect(after.rules).toBe(before.rules);
});

test("a section can become nothing", () => {
  expect(apply(recording(), { section: "consent", value: null }).consent).toBeNull();
});

test("a section of several words is found", () => {
  expect(apply(recording(), { section: "consent_version", value: "next" }).consent_version).toBe("next");
});
