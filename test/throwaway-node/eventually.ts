// Waits for something that can only be asked for again and again.

import { setTimeout as delay } from 'node:timers/promises';

const intervalMs = 20;

/** Resolves to the first value other than undefined; rejects when there is none in time, or when the probe does. */
export async function eventually<Value>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<Value | undefined>,
): Promise<Value> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(intervalMs);
  }
}
