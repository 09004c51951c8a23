// Promises of every later start: nothing is written on a healthy node, damage is repaired without a network.

import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { serveDirectory } from '../support/mirror.ts';
import { afterMounting, describeWhere, missingForMounts } from '../support/needs.ts';
import { plugin, pluginNames } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { modeOf, snapshotOf, untouchedSnapshotOf } from '../support/snapshot.ts';

/** Installs once, takes the archive away, and returns the arguments for the next start. */
async function installedNode(node: TestNode): Promise<string[]> {
  const { path, sha256 } = layOutRelease(node.archives);
  const args = ['--archive', path, '--sha256', sha256];
  const run = await runInstaller(node, args);
  if (run.exitStatus !== 0) throw new Error(run.stderr);
  rmSync(path);
  return args;
}

const unchanged: Partial<Run> = {
  exitStatus: 0,
  report: expect.objectContaining({
    outcome: 'unchanged',
    version: 'v1.9.1',
    plugins: { placed: [], intact: [...pluginNames], kept: [], failed: [] },
  }),
};

describe('a start on a healthy node', () => {
  it('writes nothing at all: every inode, time and byte is as before', async () => {
    using node = createNode();
    const args = await installedNode(node);
    const before = untouchedSnapshotOf(node.binDir);

    const run = await runInstaller(node, args);

    expect(run).toMatchObject(unchanged);
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });

  it('asks no mirror for anything', async () => {
    using node = createNode();
    const [, , ...digest] = await installedNode(node);
    await using mirror = await serveDirectory(node.archives);

    const run = await runInstaller(node, ['--mirror', mirror.url, ...digest]);

    expect(run).toMatchObject(unchanged);
    expect(mirror.asked).toEqual([]);
  });

  it('is the same for plugins that were only adopted', async () => {
    using node = createNode();
    for (const name of pluginNames) {
      writeFileSync(join(node.binDir, name), plugin(name));
      chmodSync(join(node.binDir, name), 0o775);
    }
    const args = await installedNode(node);
    const before = untouchedSnapshotOf(node.binDir);

    const run = await runInstaller(node, args);

    expect(run).toMatchObject(unchanged);
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });

  it('is not disturbed by what else lies in the directory', async () => {
    using node = createNode();
    const args = await installedNode(node);
    writeFileSync(join(node.binDir, 'multus-shim.temp.17'), 'half');
    symlinkSync('nowhere', join(node.binDir, 'flannel'));
    mkdirSync(join(node.binDir, 'lost+found'));
    const before = untouchedSnapshotOf(node.binDir);

    const run = await runInstaller(node, args);

    expect(run).toMatchObject(unchanged);
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });
});

describeWhere(missingForMounts(), 'a start on a healthy node whose directory became read-only', () => {
  it('is unchanged as well', async () => {
    using node = createNode();
    const args = await installedNode(node);
    const before = untouchedSnapshotOf(node.binDir);

    const run = await runInstaller(node, args, {
      within: afterMounting(
        `mount --bind "${node.binDir}" "${node.binDir}"; mount -o remount,bind,ro "${node.binDir}"`,
      ),
    });

    expect(run).toMatchObject(unchanged);
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });
});

describe('a plugin of ours', () => {
  it.each<[what: string, damage: (path: string) => void]>([
    ['vanished', (path) => rmSync(path)],
    ['was cut to zero bytes', (path) => truncateSync(path, 0)],
    ['was written through', (path) => appendFileSync(path, 'more')],
    ['lost its execute bit', (path) => chmodSync(path, 0o644)],
    ['became setuid', (path) => chmodSync(path, 0o4755)],
    [
      'became a symbolic link',
      (path) => {
        rmSync(path);
        symlinkSync('/bin/true', path);
      },
    ],
  ])('that %s comes back from the store, without any archive', async (_what, damage) => {
    using node = createNode();
    const args = await installedNode(node);
    const before = snapshotOf(node.binDir);
    const macvlan = join(node.binDir, 'macvlan');
    damage(macvlan);

    const run = await runInstaller(node, args);

    expect(run).toMatchObject({
      exitStatus: 0,
      report: { outcome: 'repaired', plugins: { placed: ['macvlan'], intact: ['bridge', 'static'] } },
    });
    expect(readFileSync(macvlan)).toEqual(plugin('macvlan'));
    expect(modeOf(macvlan)).toBe('0755');
    for (const name of ['bridge', 'static']) expect(snapshotOf(node.binDir)[name]).toEqual(before[name]);
  });

  it('comes back together with all others when the whole directory was wiped but for our state', async () => {
    using node = createNode();
    const args = await installedNode(node);
    for (const name of pluginNames) rmSync(join(node.binDir, name));

    const run = await runInstaller(node, args);

    expect(run.report).toMatchObject({ outcome: 'repaired', plugins: { placed: [...pluginNames] } });
  });

  it('that was damaged through a hard link comes back: the store does not share its inode', async () => {
    using node = createNode();
    const args = await installedNode(node);
    writeFileSync(join(node.binDir, 'macvlan'), 'overwritten in place', { flag: 'r+' });

    const run = await runInstaller(node, args);

    expect(run.report?.outcome).toBe('repaired');
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan'));
  });

  it('comes from the archive when the store is damaged too', async () => {
    using node = createNode();
    const args = await installedNode(node);
    layOutRelease(node.archives);
    rmSync(join(node.binDir, 'macvlan'));
    const store = join(node.stateDir, 'store');
    for (const name of Object.keys(snapshotOf(store))) writeFileSync(join(store, name), 'rot');

    const run = await runInstaller(node, args);

    expect(run.exitStatus).toBe(0);
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan'));
  });
});

describe('a ledger', () => {
  it.each<[what: string, content: string]>([
    ['is empty', ''],
    ['is garbage', '\u0000\u0001{'],
    ['is JSON of something else', '{"schema":1}'],
  ])('that %s is rebuilt with a warning, and no plugin is touched', async (_what, content) => {
    using node = createNode();
    const args = await installedNode(node);
    layOutRelease(node.archives);
    const ledger = join(node.stateDir, 'ledger.json');
    const before = snapshotOf(node.binDir);
    writeFileSync(ledger, content);

    const run = await runInstaller(node, args);

    expect(run.exitStatus).toBe(0);
    expect(run.report?.warnings).toEqual([expect.stringContaining(ledger)]);
    expect(JSON.parse(readFileSync(ledger, 'utf8'))).toMatchObject({ schema: 1 });
    for (const name of pluginNames) expect(snapshotOf(node.binDir)[name]).toEqual(before[name]);
  });

  it('that is gone together with all of our state lets the same bytes be adopted', async () => {
    using node = createNode();
    const args = await installedNode(node);
    layOutRelease(node.archives);
    const before = snapshotOf(node.binDir);
    rmSync(node.stateDir, { recursive: true });

    const run = await runInstaller(node, args);

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { intact: [...pluginNames] } } });
    for (const name of pluginNames) expect(snapshotOf(node.binDir)[name]).toEqual(before[name]);
  });
});

describe('what a killed installer left behind', () => {
  it('is swept at the next change, and only what is ours', async () => {
    using node = createNode();
    const args = await installedNode(node);
    const leftover = join(node.stateDir, 'tmp', 'half-a-plugin');
    const foreign = join(node.binDir, 'multus-shim.temp.17');
    mkdirSync(join(node.stateDir, 'tmp'), { recursive: true });
    writeFileSync(leftover, 'half');
    writeFileSync(foreign, 'half');
    rmSync(join(node.binDir, 'macvlan'));

    const run = await runInstaller(node, args);

    expect(run.report?.outcome).toBe('repaired');
    expect(existsSync(leftover)).toBe(false);
    expect(existsSync(foreign)).toBe(true);
  });
});
