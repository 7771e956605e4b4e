// A bridge to nowhere, which behaves as the agent would, roughly.

import type { Bridge } from "../src/lib/bridge";
import type {
  Category,
  Change,
  EventOf,
  Failure,
  MirrorAnswer,
  MirrorAsk,
  Request,
  Response,
  Snapshot,
} from "../src/lib/protocol";
import { apply } from "../src/lib/state";
import { drawing, looked } from "./mirror";
import { drawn, reader } from "./past";

const paragraphs = [
  {
    heading: "Screen",
    body: "Pictures of the windows you allow, at most one a second. Windows of sensitive apps are grey boxes.",
  },
  {
    heading: "Keys",
    body: "The text you type into allowed windows. Not into password fields, as far as apps announce them.",
  },
  { heading: "Pointer", body: "Moves, clicks and scrolls in allowed windows." },
  { heading: "Focus", body: "Which allowed window is in front, with its title." },
  {
    heading: "Who can read it",
    body: "Nobody but you. It stays on this computer, sealed to a key in your keyring; Eyelid's recorder itself cannot read it back.",
  },
  {
    heading: "What always runs",
    body: "To see its own key chords, Eyelid matches every key press against them and keeps nothing else of it.",
  },
  {
    heading: "You stay in control",
    body: "A mark on each screen shows while Eyelid records. A key, a click or a timer stops it. Withdraw at any time; you can erase everything.",
  },
  {
    heading: "What Eyelid cannot see",
    body: "Eyelid controls only its own recording. Other programs may record this computer all the same.",
  },
];

const locked: Failure = {
  code: "keyring",
  message: "Your keyring is locked.",
  cure: "Unlock it and try again.",
};

/** A bridge that starts in this state; `troubled` has its keyring locked; for `vault` see `reader`. */
export function bridge(first: Snapshot, troubled: boolean, vault: string): Bridge {
  let snapshot = first;
  let take: (event: EventOf) => void = () => {};

  function change(...changes: Change[]): Response {
    snapshot = changes.reduce(apply, snapshot);
    take({ kind: "changes", value: changes });
    return { kind: "done" };
  }

  const rules = (part: Partial<Snapshot["rules"]>) =>
    change({ section: "rules", value: { ...snapshot.rules, ...part } });
  const category = (id: string, changed: (category: Category) => Category) =>
    rules({ categories: snapshot.rules.categories.map((c) => (c.id === id ? changed(c) : c)) });

  function answer(request: Request): Response {
    switch (request.kind) {
      case "status":
        return { kind: "snapshot", value: snapshot };
      case "pause":
        return change({
          section: "status",
          value: {
            phase: "paused",
            since: Date.now(),
            holds: [{ hold: "user-pause", since: Date.now(), until: null, category: null, message: "You paused." }],
          },
        });
      case "resume":
        return change(
          { section: "status", value: { phase: "recording", since: Date.now(), holds: [] } },
          { section: "acknowledged", value: null },
        );
      case "extend":
      case "stay-paused":
        return change({ section: "ending", value: null });
      case "consent-offer":
        return { kind: "offer", value: { paragraphs, word: "record" } };
      case "consent-grant":
        if (troubled) throw locked;
        return change({
          section: "consent",
          value: {
            given: Date.now(),
            version: "2026-11-24",
            streams: { screen: true, keys: "text", pointer: true, focus: true },
          },
        });
      case "consent-withdraw":
        return change({ section: "consent", value: null });
      case "consent-show":
        return { kind: "receipt", value: JSON.stringify({ schema_version: "1.0", record_id: "…", party: [] }) };
      case "rules-edit": {
        const edit = request.value;
        if ("set-mode" in edit) return rules({ mode: edit["set-mode"] });
        if ("add" in edit) return rules({ own: [...snapshot.rules.own, edit.add] });
        if ("remove" in edit) return rules({ own: snapshot.rules.own.filter(({ id }) => id !== edit.remove.id) });
        if ("set-category" in edit)
          return category(edit["set-category"].id, (c) => ({ ...c, on: edit["set-category"].on }));
        if ("set-entry" in edit) {
          const [of = "", which] = edit["set-entry"].id.split("/");
          const entries = (c: Category) =>
            c.entries.map((e) => (e.id === which ? { ...e, on: edit["set-entry"].on } : e));
          return category(of, (c) => ({ ...c, entries: entries(c) }));
        }
        return { kind: "done" };
      }
      case "rules-check":
        return {
          kind: "verdict",
          value: { treatment: "hold", category: "chat", rule: "chat/slack", cause: "app" },
        };
      case "schedule-set":
        return change({ section: "settings", value: { ...snapshot.settings, schedule: request.value } });
      case "settings-set":
        return change({ section: "settings", value: request.value });
      case "cost":
        return { kind: "cost", value: snapshot.cost };
      case "forget":
      case "forget-span":
      case "settle":
      case "never-record-last-app":
      case "clock-confirm":
      case "key-shown":
      case "key-rotates":
      case "key-touched":
        return { kind: "done" };
    }
  }

  let dropped = 0;
  async function mirror(ask: MirrorAsk): Promise<MirrorAnswer> {
    const preview = ask.kind === "look" && snapshot.consent === null;
    if (snapshot.system.preview !== preview) change({ section: "system", value: { ...snapshot.system, preview } });
    if (ask.kind === "stop") return { kind: "stopped" };
    if (ask.kind === "look") return { kind: "view", value: looked(snapshot, dropped, ask.value) };
    dropped = ask.value;
    return { kind: "dropped", value: { stored: false } };
  }

  return {
    mirror,
    picture: drawing,
    review: reader(vault, (due) => change({ section: "rotation_due", value: due })),
    past: drawn,
    request: async (request) => answer(request),
    subscribe: async (told) => {
      take = told;
      return () => {};
    },
  };
}
