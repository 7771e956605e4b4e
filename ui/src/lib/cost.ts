// What Eyelid uses, for people.

/** `48 MB` */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `0.4 %` */
export function percent(share: number): string {
  return `${share >= 9.95 ? Math.round(share) : share.toFixed(1)} %`;
}
