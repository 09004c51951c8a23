// Promises about one daemon: what its log means, when it is started again, what it waits for, and what probes are told.

import { describe, expect, it } from 'vitest';
import { leaseNews, withoutTime } from '../../../src/dhcp/daemon-log.ts';
import { DaemonRecord } from '../../../src/dhcp/daemon-record.ts';
import { homeOf } from '../../../src/dhcp/holder.ts';
import { pluginStandingOf } from '../../../src/dhcp/plugin-standing.ts';
import { failedStarts, restartDelayMs } from '../../../src/dhcp/restart-delay.ts';
import { troubleOfDaemon, troubleOfLoop } from '../../../src/dhcp/routes.ts';
import type { Generation, LedgerReading } from '../../../src/node/state/ledger.ts';

const client = '4f1c/lan/net1';

describe('a line of the daemon', () => {
  it.each([
    ['lease acquired, expiration is 2026-11-28 22:27:24.7 +0000 UTC m=+20.6', 'kept'],
    ['lease renewed, expiration is 2026-11-28 22:27:29.7 +0000 UTC m=+25.6', 'kept'],
    ['lease rebound, expiration is 2026-11-28 22:27:29.7 +0000 UTC m=+25.6', 'kept'],
    ['lease expired, bringing interface DOWN', 'expired'],
    ['releasing lease', 'given up'],
    ['interface net1 no longer exists or link check failed, terminating lease maintenance', 'given up'],
  ])('"%s" says that a lease is %s', (words, what) => {
    expect(leaseNews(`${client}: ${words}`)).toEqual({ client, what });
  });

  it.each(['acquiring lease', 'renewing lease', 'Checking lease', 'no more tries'])(
    '"%s" says nothing of whether there is one',
    (words) => {
      expect(leaseNews(`${client}: ${words}`)).toBeUndefined();
    },
  );

  it('is told without its time', () => {
    expect(withoutTime(`2026/11/28 22:27:04 ${client}: acquiring lease`)).toBe(`${client}: acquiring lease`);
  });
});

describe('a daemon that ends', () => {
  it('is started again after half a second, later and later, ten seconds at most', () => {
    expect([1, 2, 3, 4, 5, 6, 40].map(restartDelayMs)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('and had lived for a minute is started again as at first', () => {
    expect([failedStarts(5, 59_999), failedStarts(5, 60_000)]).toEqual([6, 0]);
    expect(restartDelayMs(0)).toBe(500);
  });
});

describe('the plugin', () => {
  const path = '/opt/cni/bin/dhcp';
  const ledger = (generation: Partial<Generation>): LedgerReading => ({
    kind: 'ledger',
    ledger: {
      schema: 1,
      generation: { version: 'v1.9.1', plugins: {}, kept: {}, ...generation } as Generation,
      originals: {},
    },
  });
  const ours = ledger({ plugins: { dhcp: { sha256: 'a', size: 1, mode: 0o755 } } });

  it('as the ledger has it is intact', () => {
    expect(pluginStandingOf(ours, 'a', path)).toEqual({ intact: true, sha256: 'a', release: 'v1.9.1' });
  });

  it('of others is, as it was when it was seen to work', () => {
    expect(pluginStandingOf(ledger({ kept: { dhcp: 'b' } }), 'b', path)).toMatchObject({ intact: true });
  });

  it.each<[LedgerReading, string | undefined, RegExp]>([
    [{ kind: 'none' }, 'a', /no install has recorded the plugin dhcp/],
    [{ kind: 'unreadable', because: 'it is empty' }, 'a', /can't be read: it is empty/],
    [ledger({}), 'a', /no install has recorded/],
    [ours, undefined, /is not there/],
    [ours, 'c', /other bytes/],
  ])('else is waited for, in words (%#)', (reading, sha256, because) => {
    expect(pluginStandingOf(reading, sha256, path)).toMatchObject({
      intact: false,
      because: expect.stringMatching(because),
    });
  });
});

describe('the holder of the socket', () => {
  it.each([
    ['0::/system.slice/cni-dhcp.service\n', ' of cni-dhcp.service'],
    [
      '0::/kubepods.slice/kubepods-pod0a1b2c3d_1111_2222_3333_444455556666.slice/cri-containerd-ab.scope\n',
      ' of the pod with UID 0a1b2c3d-1111-2222-3333-444455556666',
    ],
    ['0::/\n', ''],
  ])('by its control group %s is%s', (cgroup, home) => {
    expect(homeOf(cgroup)).toBe(home);
  });
});

describe('what is remembered', () => {
  it('of leases goes with the daemon, what was counted stays', () => {
    const record = new DaemonRecord(() => 0);
    record.starts();
    record.answers(true);
    record.note({ client, what: 'kept' });
    record.note({ client: 'other', what: 'kept' });
    record.note({ client: 'other', what: 'expired' });
    record.adopted('moved');
    expect(record.view()).toMatchObject({ isUp: true, leases: 1, expired: 1, restarts: 0 });

    record.ended();
    record.starts();

    expect(record.view()).toMatchObject({ isUp: false, leases: 0, expired: 1, restarts: 1 });
    expect(record.view().readopted).toEqual({ same: 0, moved: 1, unknown: 0, failed: 0 });
  });

  it('is news once: what is waited for, and a plugin that was replaced', () => {
    const record = new DaemonRecord(() => 0);
    expect([record.waits('a'), record.waits('a'), record.waits('b')]).toEqual([true, false, true]);
    expect([record.isOutdated(true), record.isOutdated(true)]).toEqual([true, false]);
  });
});

describe('a probe', () => {
  const record = new DaemonRecord(() => 1_000);
  const view = { ...record.view(), isUp: true, hasAdopted: true };

  it('of the loop fails when it no longer looks, and for nothing else', () => {
    expect(troubleOfLoop({ ...view, isUp: false }, 2_000)).toBeUndefined();
    expect(troubleOfLoop(view, 200_000)).toBe('the last look was 199 s ago');
  });

  it('of the daemon passes once it answers and has every lease', () => {
    expect(troubleOfDaemon(view, true)).toBeUndefined();
    expect(troubleOfDaemon({ ...view, isUp: false }, true)).toMatch(/does not answer/);
    expect(troubleOfDaemon({ ...view, waitsFor: 'no plugin' }, true)).toBe('no plugin');
    expect(troubleOfDaemon({ ...view, hasAdopted: false }, true)).toMatch(/to be taken up/);
    expect(troubleOfDaemon({ ...view, hasAdopted: false }, false)).toBeUndefined();
  });
});
