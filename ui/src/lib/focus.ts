// Where the keyboard goes when what had it is gone.

import { tick } from "svelte";

/** Gives the keyboard to the control or heading with this test id, once it is there. */
export async function focusOn(testid: string): Promise<void> {
  await tick();
  document.querySelector<HTMLElement>(`[data-testid="${CSS.escape(testid)}"]`)?.focus();
}
