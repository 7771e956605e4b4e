import { expect, test } from "vitest";
import { at, hold, recording } from "./fixtures";
import type { Phase } from "./protocol";
import {
  describe,
  goneOrNot,
  recoveryState,
  headline,
  keyState,
  oneLine,
  records,
  resumable,
  shapeOf,
  streamList,
} from "./words";

const now = at("14:10");
const held = (...holds: ReturnType<typeof hold>[]) => {
  const snapshot = recording();
  snapshot.status = { phase: "paused", since: at("14:03"), holds };
  return snapshot;
};

test("every phase has a shape of its own", () => {
  const phases: Phase[] = ["recording", "filtered", "paused", "off"];
  expect(phases.map(shapeOf)).toEqual(["open", "half", "closed", "crossed"]);
  expect(phases.map(records)).toEqual([true, true, false, false]);
});

test("a recording says since when", () => {
  expect(headline(recording(), now)).toBe("Recording since 14:02");
  expect(oneLine(recording(), now)).toBe("Recording since 14:02");
});

test("a filtered recording says that something is left out", () => {
  const snapshot = recording();
  snapshot.status.phase = "filtered";
  expect(oneLine(snapshot, now)).toBe("Recording since 14:02, some windows left out");
});

test("a pause says why and until when", () => {
  expect(oneLine(held(hold("user-pause", "You paused.", at("15:30"))), now)).toBe("Paused: you paused · until 15:30");
});

test("the first hold speaks and the others are counted", () => {
  const snapshot = held(hold("user-pause", "You paused."), hold("sensitive-app", "A chat is in front."));
  expect(oneLine(snapshot, now)).toBe("Paused: you paused · and 1 more");
});

test("a name at the beginning of a message keeps its capital", () => {
  expect(oneLine(held(hold("tray-silent", "Eyelid's tray app does not answer.")), now)).toBe(
    "Paused: Eyelid's tray app does not answer",
  );
});

test("a hold is described with its times", () => {
  expect(describe(hold("user-pause", "You paused.", at("06:00", 25)), now)).toEqual({
    message: "You paused.",
    since: "since 14:03",
    until: "until Wednesday 06:00",
  });
});

test("a pause without an end lasts until the person resumes, other holds do not say", () => {
  expect(describe(hold("user-pause", "You paused."), now).until).toBe("until you resume");
  expect(describe(hold("secret-field", "A password field has the keyboard."), now).until).toBeNull();
});

test("only a pause or an opt-out can be resumed", () => {
  expect(resumable(held(hold("user-pause", "")))).toBe(true);
  expect(resumable(held(hold("opt-out", "")))).toBe(true);
  expect(resumable(held(hold("sensitive-app", "")))).toBe(false);
  expect(resumable(recording())).toBe(false);
});

test("streams not consented to are not listed", () => {
  expect(streamList({ screen: true, keys: "activity", pointer: false, focus: true })).toBe(
    "Screen · Keys (activity only) · Focus",
  );
});

test("only a verified key is called verified", () => {
  expect(keyState("verified")).toBe("Key verified");
  expect(keyState("locked")).toBe("Key not verified: the keyring is locked");
});

test("what is deleted is gone once the key is replaced", () => {
  const due = { ...recording(), rotation_due: true };
  expect(goneOrNot(null, due)).toBe("Deleted. Gone for good in a moment.");
  expect(goneOrNot(null, { ...due, recipient: "locked" })).toContain("once your keyring is unlocked");
  expect(goneOrNot(null, { ...due, key: { ...due.key, passphrase: true } })).toContain("once you give your passphrase");
  expect(goneOrNot(null, recording())).toBe("Gone.");
  expect(goneOrNot("The last 5 minutes", due)).toBe("The last 5 minutes are deleted. Gone for good in a moment.");
  expect(goneOrNot("The last 5 minutes", recording())).toBe("The last 5 minutes are gone.");
});

test("a recovery key says since when it is good, or that it no longer is", () => {
  expect(recoveryState({ state: "none" })).toMatch(/^None/);
  expect(recoveryState({ state: "valid", at: at("09:12", 20) })).toContain("20 November 2026, 09:12");
  expect(recoveryState({ state: "voided", at: at("09:12", 20) })).toMatch(/^Voided by a forgetting on .*another/);
});

test("while a preview runs the line says that nothing is stored", () => {
  const snapshot = held(hold("not-consented", "You have not agreed to any recording."));
  snapshot.system = { ...snapshot.system, preview: true };
  expect(oneLine(snapshot, now)).toBe("Preview — nothing is stored");
});
