import { expect, test, vi } from "vitest";
import { dayOf } from "./days";
import { slider } from "./slider";

vi.hoisted(() => vi.stubEnv("TZ", "Europe/Berlin"));

test("the playhead says where it stands, in what, and what is selected", () => {
  const at = Date.parse("2026-11-24T09:30");
  const span = { from: at - 5000, to: at + 5000 };
  const overview = { recorded: [span], lanes: [{ app: "No\u202etes", spans: [span] }], pictures: [], damaged: 0 };
  const day = dayOf(at);
  const said = slider({ at, day, selection: null }, overview, at);
  expect(said).toEqual({ max: 86_399, now: 34_200, text: "09:30:00, No\ufffdtes" });
  const selection = { from: at, to: at + 3_600_000 };
  expect(slider({ at: at + 60_000, day, selection }, overview, at).text).toBe(
    "09:31:00, nothing recorded, selected today 09:30–10:30",
  );
});
