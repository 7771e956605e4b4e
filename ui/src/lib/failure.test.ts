import { expect, test } from "vitest";
import { asFailure } from "./failure";

test("a failure stays as it is", () => {
  const failure = { code: "keyring", message: "Your keyring is locked.", cure: "Unlock it and try again." };
  expect(asFailure(failure)).toBe(failure);
});

test("anything else thrown becomes an internal failure", () => {
  expect(asFailure("no such command").code).toBe("internal");
  expect(asFailure(new Error("broken")).message).toContain("broken");
});
