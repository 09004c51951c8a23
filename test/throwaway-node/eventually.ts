// Waits for something that can only be asked for again and again.

import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves to the first value other than undefined; rejects when there is none in time, or when the probe does.
 *
 * @param intervalMs between one answer and the next question
 */
export async function eventually<Value>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<Value | undefined>,
  intervalMs = 20,
): Promise<Value> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(intervalMs);
  }
}
