import { expect, test } from "vitest";
import source from "../../../icons/eye.svg?raw";
import { drawingOf } from "./eye";
import type { Shape } from "./words";

test("every shape is drawn, each in its own way and without colours of its own", () => {
  const drawings = (["open", "half", "closed", "crossed"] satisfies Shape[]).map((shape) => drawingOf(source, shape));
  expect(new Set(drawings).size).toBe(4);
  for (const drawing of drawings) expect(drawing).toContain("currentColor");
});
