// The views, in the order of the navigation.

/** Every view with its name. */
export const VIEWS = [
  { id: "now", name: "Now" },
  { id: "timeline", name: "Timeline" },
  { id: "rules", name: "Rules" },
  { id: "schedule", name: "Schedule" },
  { id: "log", name: "Access log" },
  { id: "settings", name: "Settings" },
] as const;

/** One of them. */
export type View = (typeof VIEWS)[number]["id"];
