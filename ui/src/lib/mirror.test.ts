import { expect, test } from "vitest";
import { category } from "./fixtures";
import { filed, inWords, label, missing, offer, place, standing, typed } from "./mirror";
import type { MirrorPicture, MirrorView, MirrorWindow } from "./protocol";

const chat = category("chat", "Chat and messaging", ["Slack"]);

function window(part: Partial<MirrorWindow> = {}): MirrorWindow {
  return {
    ...{ id: 1, app: "Notes", title: "Diary", rect: [100, 80, 200, 160], shown: true },
    ...{ cause: null, category: null, never: null, allow_site: null },
    ...part,
  };
}

function picture(...windows: MirrorWindow[]): MirrorPicture {
  return { number: 1, at: 0, width: 1000, height: 800, fate: "waits", windows };
}

const view = (part: Partial<MirrorView>): MirrorView => ({ state: "recording", picture: null, keys: [], ...part });

test("a window lies in the picture where it lay on the screen", () => {
  expect(place(window(), picture())).toEqual({ left: 10, top: 10, width: 20, height: 20 });
});

test("a window that hangs over the edge ends there, and one beyond it has no place", () => {
  expect(place(window({ rect: [-100, 700, 300, 300] }), picture())).toEqual({
    left: 0,
    top: 87.5,
    width: 20,
    height: 12.5,
  });
  expect(place(window({ rect: [1000, 0, 50, 50] }), picture())).toBeNull();
});

test("a shown window is called as it is filed, a grey one says why it is grey", () => {
  expect(label(window(), [])).toBe("Notes – Diary");
  const grey = { app: "Slack", title: null, shown: false } as const;
  expect(label(window({ ...grey, cause: "app", category: "chat" }), [chat])).toBe(
    "Slack, left out: Chat and messaging",
  );
  expect(label(window({ ...grey, cause: "own" }), [])).toBe("Slack, left out: your own rule");
  expect(label(window(grey), [])).toBe("Slack, not drawn yet");
});

test("the picture is told in words", () => {
  expect(inWords(picture())).toBe("The screen as it would be stored: no window");
  expect(inWords(picture(window(), window({ id: 2, shown: false })))).toBe(
    "The screen as it would be stored: Notes – Diary; one window grey",
  );
});

test("what waits, what is stored and what never will be are told apart", () => {
  const time = () => "14:03:07";
  expect(standing(view({ picture: picture() }), time)).toBe("14:03:07 · not stored yet");
  expect(standing(view({ picture: { ...picture(), fate: "stored" } }), time)).toBe("14:03:07 · stored");
  expect(standing(view({ state: "preview", picture: picture() }), time)).toBe("14:03:07 · stored nowhere");
});

test("a hold shows nothing and says so", () => {
  expect(missing(view({ state: "held" }), true)).toBe("Held: nothing is taken in.");
  expect(missing(view({}), true)).toBe("Nothing new on the screen.");
  expect(missing(view({}), false)).toBe("No pictures: the screen is not recorded.");
});

test("keys are shown as they would be stored", () => {
  const keys = { app: "Notes", title: null, text: "Dear", shortcuts: ["Ctrl+S"], count: 3 };
  expect(typed(keys)).toBe("“Dear” · Ctrl+S · 3 keys");
  expect(typed({ ...keys, shortcuts: ["Ctrl+S", "Ctrl+S", "Ctrl+V", "Ctrl+S"] })).toBe(
    "“Dear” · Ctrl+S ×2 · Ctrl+V · Ctrl+S · 3 keys",
  );
  expect(typed({ ...keys, text: "", shortcuts: [], count: 1 })).toBe("1 key");
});

test("what turns or hides text in a name, a title or a key is shown as a sign that does nothing", () => {
  const hostile = { app: "Notes\u202e", title: "\u2066Diary\u0007", text: "one\ntwo\u202e", count: 0 };
  const keys = { ...hostile, shortcuts: ["Ctrl+\u200b", "Ctrl+\u200b"] };
  expect(filed(hostile)).toBe("Notes\ufffd – \ufffdDiary\ufffd");
  expect(typed(keys)).toBe("“one⏎two\ufffd” · Ctrl+\ufffd ×2");
  const grey = window({ app: hostile.app, title: null, shown: false });
  expect(label(grey, [])).toBe("Notes\ufffd, not drawn yet");
  expect(inWords(picture(window(hostile)))).toContain(filed(hostile));
});

test("of a long name as much is shown as has room", () => {
  expect(filed({ app: "a".repeat(300), title: "b".repeat(300) })).toBe(`${"a".repeat(60)}… – ${"b".repeat(160)}…`);
});

test("where no site is known the offer is for the browser, and says what may then be recorded", () => {
  const unknown = offer(window({ cause: "unknown-site" }));
  expect(unknown.button).toBe("Record pages of this browser whose site is unknown");
  expect(unknown.loosens).toContain("a private window may be recorded");
  expect(offer(window({ cause: "not-listed" }))).toMatchObject({ button: "Record this site", loosens: "" });
});
