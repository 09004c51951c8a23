// A pause that ends early, with the signal's own reason.

import { setTimeout as sleep } from 'node:timers/promises';

/** Node's promised timer rejects with an AbortError of its own; callers here want to know why. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
