// Promise: an address that came back different is an Event of the Node, told once, and again until it is taken.

import { describe, expect, it } from 'vitest';
import { AddressEvents } from '../../../src/dhcp/address-events.ts';
import { ApiTrouble } from '../../../src/kubernetes/api-trouble.ts';
import type { EventKind, SeriesState } from '../../../src/kubernetes/node-events.ts';
import { silentLog } from '../../support/silent-log.ts';

const over = new Error('over');

/** Takes what it is told once it has refused so often, and ends the whole when it has so many. */
function telling(refusals: number, wanted: number) {
  const end = new AbortController();
  const told: { kind: EventKind; state: SeriesState }[] = [];
  const slept: number[] = [];
  let left = refusals;
  const events = {
    begin: async (kind: EventKind, state: SeriesState): Promise<string> => {
      left -= 1;
      if (left >= 0) throw new ApiTrouble('forbidden', 'no');
      told.push({ kind, state });
      if (told.length === wanted) end.abort(over);
      return 'name';
    },
  };
  const effects = {
    log: silentLog,
    signal: end.signal,
    now: () => 1_000,
    random: () => 0.5,
    sleep: async (ms: number) => void slept.push(ms),
  };
  return { addresses: new AddressEvents(events, effects), signal: end.signal, told, slept };
}

describe('an address that came back different', () => {
  it('is one Event each', async () => {
    const { addresses, signal, told } = telling(0, 2);
    addresses.moved('one');
    addresses.moved('two');

    await expect(addresses.run(signal)).rejects.toBe(over);

    const state = { count: 1, firstMs: 1_000, lastMs: 1_000 };
    const kind = { reason: 'CNIDhcpAddressMoved', type: 'Warning' };
    expect(told).toEqual([
      { kind, state: { ...state, message: 'one' } },
      { kind, state: { ...state, message: 'two' } },
    ]);
  });

  it('is told again where the API server did not take it', async () => {
    const { addresses, signal, told, slept } = telling(3, 1);
    addresses.moved('one');

    await expect(addresses.run(signal)).rejects.toBe(over);

    expect(told).toHaveLength(1);
    expect(slept).toEqual([45_000, 45_000, 45_000]);
  });

  it('is given up after a while, for the next one', async () => {
    const { addresses, signal, told, slept } = telling(20, 1);
    addresses.moved('one');
    addresses.moved('two');

    await expect(addresses.run(signal)).rejects.toBe(over);

    expect(slept).toHaveLength(20);
    expect(told).toMatchObject([{ state: { message: 'two' } }]);
  });
});
