import { expect, test } from "vitest";
import type { Snapshot } from "../generated/Snapshot";
import { apply, clock, headline } from "./state";

const snapshot = {
  status: { phase: "off", since: 0, holds: [] },
  last_app: null,
} as unknown as Snapshot;

test("a change replaces its section and nothing else", () => {
  const after = apply(snapshot, { section: "last_app", value: "Editor" });
  expect(after.last_app).toBe("Editor");
  expect(after.status).toBe(snapshot.status);
  expect(snapshot.last_app).toBeNull();
});

test("every phase has a headline of its own", () => {
  const of = (phase: Snapshot["status"]["phase"]) => headline({ ...snapshot, status: { ...snapshot.status, phase } });
  expect(new Set([of("recording"), of("filtered"), of("paused"), of("off")]).size).toBe(4);
});

test("times carry milliseconds", () => {
  expect(clock(123)).toMatch(/^\d\d:\d\d:\d\d.123$/);
});
