// Repeats an operation; when and whether is the caller's decision, the loop is p-retry's.

import pRetry from 'p-retry';

export interface Repetition {
  /** Further attempts after the first. */
  readonly retries: number;
  /** Ends the loop between attempts and during a pause. */
  readonly signal: AbortSignal;
  /** Called after each failed attempt, the last one too. */
  readonly onFailure: (error: Error, attempt: number) => void;
  /** The pause after a failed attempt when retries are left, in ms, or undefined to give up. */
  readonly pauseAfter: (error: Error, attempt: number) => number | undefined;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Calls `operation` with attempt numbers from 1 until it resolves; rejects with the error of the last attempt.
 * An abort wins over both. p-retry takes a `TypeError` for a bug and does not repeat it.
 */
export async function retry<T>(
  operation: (attempt: number) => Promise<T>,
  repetition: Repetition,
): Promise<T> {
  return pRetry(operation, {
    retries: repetition.retries,
    signal: repetition.signal,
    // p-retry's own delay is off: it caps after its jitter, so at the cap all callers would wait the same.
    minTimeout: 0,
    onFailedAttempt: ({ error, attemptNumber }) => repetition.onFailure(error, attemptNumber),
    shouldRetry: async ({ error, attemptNumber }) => {
      const pauseMs = repetition.pauseAfter(error, attemptNumber);
      if (pauseMs === undefined) return false;
      await repetition.sleep(pauseMs, repetition.signal);
      return true;
    },
  });
}
