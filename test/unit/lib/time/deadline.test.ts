// Promises of a deadline: it ends what waits, for its own reason or its parent's, whichever comes first.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { deadline } from '../../../../src/lib/time/deadline.ts';
import { pause } from '../../../../src/lib/time/pause.ts';

const never = new AbortController().signal;

describe('a deadline', () => {
  it('aborts with its reason once the time is up', async () => {
    const reason = new Error('late');
    const { signal } = deadline(10, never, () => reason);

    await once(signal, 'abort');

    expect(signal.reason).toBe(reason);
  });

  it("aborts with the parent's reason when that comes first", () => {
    const parent = new AbortController();
    const reason = new Error('stopped');
    const { signal, cancel } = deadline(60_000, parent.signal, () => new Error('late'));

    parent.abort(reason);
    cancel();

    expect(signal.reason).toBe(reason);
  });

  it('of a parent that is aborted already is over from the start', () => {
    const reason = new Error('stopped');
    const { signal, cancel } = deadline(60_000, AbortSignal.abort(reason), () => new Error('late'));
    cancel();
    expect(signal.reason).toBe(reason);
  });

  it('that was cancelled never comes', async () => {
    const { signal, cancel } = deadline(5, never, () => new Error('late'));
    cancel();
    await pause(30, never);
    expect(signal.aborted).toBe(false);
  });

  it('asks for its reason only when it is needed', () => {
    const { cancel } = deadline(60_000, never, () => {
      throw new Error('asked too early');
    });
    expect(cancel).not.toThrow();
  });
});

describe('a pause', () => {
  it("ends early with the signal's own reason", async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const pausing = pause(60_000, stop.signal);
    stop.abort(reason);
    await expect(pausing).rejects.toBe(reason);
  });

  it('does not begin when the signal is aborted already', async () => {
    const reason = new Error('stopped');
    await expect(pause(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
