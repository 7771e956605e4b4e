// The window with a made-up state, for looking at: served by `npm run dev`, no part of the build.
//
//   /dev/preview.html?scene=paused&view=now        scene: see scenes.ts
//   …&do=next,stream-screen,next                   clicks by data-testid, one after the other;
//   …&do=playhead!8xS-ArrowLeft,search=days        keys, several times and with Shift; text, sent off
//   …&troubled                                     consent is refused: the keyring is locked
//   …&vault=empty                                  what was recorded, see past.ts

import { mount } from "svelte";
import App from "../src/App.svelte";
import "../src/app.css";
import type { View } from "../src/lib/views";
import { bridge } from "./bridge";
import { scenes } from "./scenes";

const asked = new URLSearchParams(location.search);
const scene = scenes[asked.get("scene") ?? "recording"] ?? scenes["recording"]!;

mount(App, {
  target: document.getElementById("app")!,
  props: {
    bridge: bridge(scene(), asked.has("troubled"), asked.get("vault") ?? ""),
    first: (asked.get("view") ?? "now") as View,
  },
});

for (const part of (asked.get("do") ?? "").split(",").filter((part) => part !== "")) {
  await new Promise((done) => setTimeout(done, 300));
  const [, testid = "", how, what = ""] = /^([\w-]+)(?:([=!])(.*))?$/.exec(part) ?? [];
  const element = document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);
  if (how === "!") {
    const [, times = "1", shift, key = ""] = /^(\d*)x?(S-)?(.+)$/.exec(what) ?? [];
    element?.focus();
    for (let i = 0; i < Math.max(Number(times), 1); i++) {
      element?.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey: shift !== undefined, bubbles: true }));
    }
  } else if (how === "=" && element instanceof HTMLInputElement) {
    element.value = what;
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.form?.requestSubmit();
  } else element?.click();
}
