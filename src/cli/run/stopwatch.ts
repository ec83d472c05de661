/** Times in reports: milliseconds with one digit after the point. */

/** Milliseconds since the last call. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return roundTime(elapsed);
  };
}

export function roundTime(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 10) / 10);
}
