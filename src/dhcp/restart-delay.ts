// How long a daemon that has ended is left alone before the next start. Pure.

const firstMs = 500;
const longestDelayMs = 10_000;
/** One that has lived so long did not end because of how it was started. */
const settledMs = 60_000;

/** How many starts in a row did not last. */
export function failedStarts(before: number, livedMs: number): number {
  return livedMs >= settledMs ? 0 : before + 1;
}

/** Twice as long each time: 0.5 s at first, 10 s at most. */
export function restartDelayMs(failed: number): number {
  return Math.min(firstMs * 2 ** Math.max(failed - 1, 0), longestDelayMs);
}
