// Promises of the wait that anybody may end earlier.

import { describe, expect, it } from 'vitest';
import { Bell } from '../../../src/lib/bell.ts';

/** Above what Node's timers take: a wait that ends by itself would fail its test. */
const forever = 2 ** 40;
const never = new AbortController().signal;

describe('a wait', () => {
  it('ends when the time is over', async () => {
    await expect(new Bell().wait(1, never)).resolves.toBeUndefined();
  });

  it('ends when the bell rings', async () => {
    const bell = new Bell();
    const wait = bell.wait(forever, never);
    bell.ring();
    await expect(wait).resolves.toBeUndefined();
  });

  it('ends at once when the bell has rung before, however often, and only once', async () => {
    const bell = new Bell();
    bell.ring();
    bell.ring();
    await bell.wait(forever, never);
    let isOver = false;
    const second = bell.wait(forever, never).then(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    bell.ring();
    await second;
  });

  it('ends with the reason of a signal, before or meanwhile', async () => {
    const reason = new Error('enough');
    await expect(new Bell().wait(forever, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const wait = new Bell().wait(forever, controller.signal);
    controller.abort(reason);
    await expect(wait).rejects.toBe(reason);
  });
});
