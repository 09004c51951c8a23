// What a step may use of the world beyond files and processes; whoever calls it decides what that is.

import type { Log } from './log.ts';

export interface RunEffects {
  readonly log: Log;
  /** Aborted when the run has to end; its reason says why. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A pause; rejects with the signal's reason when that aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What a process can say of itself. */
export interface ProcessFacts {
  readonly nodeVersion: string;
  readonly residentBytes: () => number;
  readonly cpuSeconds: () => number;
  readonly startedAtMs: number;
}
