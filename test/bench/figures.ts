// From measured pairs to a figure with its spread, and to the verdict on it. Pure.

import type { Usage } from './measured-run.ts';

/** One run of ours and one of the yardstick, right after each other. */
export interface Pair {
  readonly ours: Usage;
  /** Absent where what is asked is not a ratio. */
  readonly yardstick: Usage | undefined;
}

export interface Spread {
  readonly median: number;
  /** The middle half of the values lies between these. */
  readonly lower: number;
  readonly upper: number;
}

export const measures = ['cpuRatio', 'wallRatio', 'rssMiB'] as const;
export type Measure = (typeof measures)[number];

/** Ratios are taken pair by pair: the machine may have been slower during one pair than during another. */
export function valueOf(measure: Measure, { ours, yardstick }: Pair): number {
  switch (measure) {
    case 'cpuRatio':
      return ours.cpuMs / (yardstick?.cpuMs ?? Number.NaN);
    case 'wallRatio':
      return ours.wallMs / (yardstick?.wallMs ?? Number.NaN);
    case 'rssMiB':
      return ours.rssMiB;
  }
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), lower: quantile(sorted, 0.25), upper: quantile(sorted, 0.75) };
}

/** Between two values where it falls between them. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export type Verdict = 'met' | 'within the spread' | 'missed';

/** A target is missed when more than three quarters of the values are beyond it. */
export function judge({ median, lower }: Spread, target: number): Verdict {
  if (median <= target) return 'met';
  return lower <= target ? 'within the spread' : 'missed';
}
