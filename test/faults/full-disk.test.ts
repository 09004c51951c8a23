// Promise: a disk that is full, at whatever step, costs nothing that was there, and the message says what was short.

import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNode, refusalOf, type Run } from '../support/installer.ts';
import { describeWhere, missingForMounts } from '../support/needs.ts';
import { pluginNames } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { modeOf } from '../support/snapshot.ts';
import { binDirFacts, type BinDirFacts, stateFacts } from './node-facts.ts';
import { layOutReleases, type Releases, scenarioOf } from './scenarios.ts';
import { SmallDisk } from './small-disk.ts';

const kib = 1024;

describeWhere(missingForMounts(), 'a node whose disk is full', () => {
  let releases: Releases;
  let first: readonly string[];
  let upgrade: readonly string[];
  beforeAll(() => {
    releases = layOutReleases();
    first = scenarioOf('first install', releases).verb;
    upgrade = scenarioOf('upgrade', releases).verb;
  });
  afterAll(() => releases[Symbol.dispose]());

  it('takes a first install whole or not at all, however small it is', async () => {
    const ends = new Set<string>();
    for (let size = 32; size <= 544; size += 64) {
      await using disk = await SmallDisk.mount({ size: `${size}k` });
      const run = await disk.run(first);

      ends.add(endOf(run, mebibytes));
      const placed = run.exitStatus === 0 ? ['bridge', 'macvlan', 'static'] : [];
      expect(Object.keys(plugins(disk))).toEqual(placed);
      expect(stateFacts(disk.node)?.names ?? []).not.toContain('tmp');
    }
    expect(ends).toEqual(new Set(['short', 'whole']));
  });

  it('is told the whole need at once, which then suffices', async () => {
    using archives = createNode();
    const { path, sha256 } = layOutRelease(archives.archives);
    const install = ['--archive', path, '--sha256', sha256, '--plugins', pluginNames.join(',')];
    const needs = new Set<string>();
    for (const size of ['512k', '1m', '2m', '3m']) {
      await using disk = await SmallDisk.mount({ size });
      needs.add(
        /([\d.]+) MiB are needed/.exec(refusalOf(await disk.run(install)).message)?.[1] ?? 'nothing said',
      );
    }
    const [need] = needs;
    await using enough = await SmallDisk.mount({ size: `${Math.ceil((Number(need) + 0.1) * 1024)}k` });

    expect(needs.size).toBe(1);
    expect((await enough.run(install)).exitStatus).toBe(0);
  });

  it('keeps the old set when an upgrade has no room, and upgrades once there is', async () => {
    await using disk = await SmallDisk.mount({ size: '1m' });
    await disk.run(first);
    const before = plugins(disk);
    for (let free = 0; free <= 224; free += 32) {
      disk.fillExcept(free * kib);
      const run = await disk.run(upgrade);

      expect(endOf(run, mebibytes)).toBe('short');
      expect(plugins(disk)).toEqual(before);
    }
    rmSync(join(disk.node.binDir, 'filling'));
    expect((await disk.run(upgrade)).exitStatus).toBe(0);
  });

  it('is repaired whole or left as it was, wherever the space ends', async () => {
    const ends = new Set<string>();
    await using disk = await SmallDisk.mount({ size: '1m' });
    await disk.run(first);
    const intact = plugins(disk);
    for (let free = 0; free <= 12 * 4; free += 4) {
      for (const name of ['bridge', 'macvlan']) rmSync(join(disk.node.binDir, name), { force: true });
      disk.fillExcept(free * kib);
      const damaged = plugins(disk);
      const run = await disk.run(first);

      ends.add(endOf(run, mebibytes));
      expect(plugins(disk)).toEqual(run.exitStatus === 0 ? intact : damaged);
    }
    disk.fillExcept(512 * kib);
    expect((await disk.run(first)).exitStatus).toBe(0);
    expect(plugins(disk)).toEqual(intact);
    expect(ends).toEqual(new Set(['short', 'whole']));
  });

  it('uninstalls, for that needs no space', async () => {
    await using disk = await SmallDisk.mount({ size: '1m' });
    await disk.run(first);
    disk.fillExcept(0);

    expect((await disk.run(['uninstall'])).exitStatus).toBe(0);
    expect(plugins(disk)).toEqual({});
    expect(stateFacts(disk.node)).toBeUndefined();
  });

  it('takes a first install whole or not at all, however few inodes it has', async () => {
    const ends = new Set<string>();
    for (let inodes = 2; inodes <= 26; inodes += 2) {
      await using disk = await SmallDisk.mount({ inodes });
      const run = await disk.run(first);

      ends.add(endOf(run));
      expect(Object.keys(plugins(disk))).toEqual(run.exitStatus === 0 ? ['bridge', 'macvlan', 'static'] : []);
      disk.resize({ inodes: 100 });
      expect((await disk.run(first)).exitStatus).toBe(0);
      expect(Object.keys(plugins(disk))).toEqual(['bridge', 'macvlan', 'static']);
      expect(modeOf(join(disk.node.binDir, 'bridge'))).toBe('0755');
    }
    expect(ends).toEqual(new Set(['short', 'whole']));
  });

  it('keeps the old set when the inodes end during an upgrade', async () => {
    const ends = new Set<string>();
    for (let free = 1; free <= 13; free += 2) {
      await using disk = await SmallDisk.mount({ inodes: 100 });
      await disk.run(first);
      const before = plugins(disk);
      disk.resize({ inodes: usedInodes(disk) + free });
      const run = await disk.run(upgrade);

      ends.add(endOf(run));
      const names = run.exitStatus === 0 ? ['bridge', 'dummy', 'static', 'tap'] : Object.keys(before);
      expect(Object.keys(plugins(disk))).toEqual(names);
      expect(plugins(disk)['macvlan']).toEqual(run.exitStatus === 0 ? undefined : before['macvlan']);
    }
    expect(ends).toContain('short');
  });
});

/** What the disk holds but our state and the filling. */
function plugins({ node }: SmallDisk): BinDirFacts {
  const { filling: _filling, ...others } = binDirFacts(node);
  return others;
}

function usedInodes({ node }: SmallDisk): number {
  const { files, ffree } = statfsSync(node.binDir);
  return files - ffree;
}

const mebibytes = /\d+(\.\d+)? MiB are needed, \d+(\.\d+)? MiB are free/;

/** Throws where the run did not say what was short. */
function endOf(run: Run, figures = /no space/): 'whole' | 'short' {
  if (run.exitStatus === 0) return 'whole';
  const { exitStatus, code, message, hint } = refusalOf(run);
  expect({ exitStatus, code }).toEqual({ exitStatus: 6, code: 'node-no-space' });
  expect(message).toContain('no space');
  expect(message).toMatch(figures);
  expect(hint).toContain('free space');
  return 'short';
}
