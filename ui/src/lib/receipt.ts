// The consent receipt for reading.

/** JSON, indented; anything else as it is. */
export function pretty(receipt: string): string {
  try {
    return JSON.stringify(JSON.parse(receipt), null, 2);
  } catch {
    return receipt;
  }
}
