// When the next look is due. Pure.

/**
 * A period with up to a fifth more or less, so that nodes that were started together do not stay together.
 * @param random uniform in [0, 1)
 */
export function spread(periodMs: number, random: number): number {
  return Math.round(periodMs * (0.8 + 0.4 * random));
}

/** Events of the directory that nobody has looked at yet. */
export interface Unrest {
  readonly firstMs: number;
  readonly lastMs: number;
}

const eventQuietMs = 200;
const latestMs = 2_000;

/** Once the directory has been quiet for a moment; while it never is, no later than two seconds after the first event. */
export function lookAfter({ firstMs, lastMs }: Unrest): number {
  return Math.min(lastMs + eventQuietMs, firstMs + latestMs);
}
