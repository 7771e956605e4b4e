// The time of day, for words that depend on it, such as the name of a day.

const TICK_MS = 20_000;

/** Turns with the clock while a component that uses it is there. */
export function useNow(): { readonly now: number } {
  let now = $state(Date.now());
  $effect(() => {
    const timer = setInterval(() => (now = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  });
  return {
    get now() {
      return now;
    },
  };
}
