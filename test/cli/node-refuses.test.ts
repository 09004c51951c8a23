// Promises about a node that does not let us: exit status 6, the reason in words, and everything as it was.

import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, refusalOf, runInstaller, type TestNode } from '../support/installer.ts';
import { afterMounting, describeWhere, missingForMounts, missingForRoot } from '../support/needs.ts';
import { plugin, pluginNames } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { namesIn, pluginsIn, snapshotOf, untouchedSnapshotOf } from '../support/snapshot.ts';

/** Plugins of another installer, so that a refusal has something that it must not touch. */
function placeForeign(node: TestNode, names: readonly string[] = pluginNames): void {
  for (const name of names) {
    writeFileSync(join(node.binDir, name), plugin(name, { version: 'v1.0.0' }), { mode: 0o755 });
  }
}

function soundArchive(node: TestNode): string[] {
  const { path, sha256 } = layOutRelease(node.archives);
  return ['--archive', path, '--sha256', sha256];
}

describe('the bin dir', () => {
  it('that is absent is status 6, and named together with the mount that is missing', async () => {
    using node = createNode();
    rmSync(node.binDir, { recursive: true });

    const run = await runInstaller(node, soundArchive(node));

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 6,
      code: 'bin-dir-absent',
      message: expect.stringContaining(node.binDir),
      hint: expect.stringMatching(/hostPath.*--create-bin-dir/),
    });
    expect(existsSync(node.binDir)).toBe(false);
  });

  it('that is a file is status 6', async () => {
    using node = createNode();
    const file = join(node.directory, 'file');
    writeFileSync(file, '');

    const run = await runInstaller(node, [...soundArchive(node), '--cni-bin-dir', file]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 6, message: expect.stringContaining(file) });
  });
});

describe('what is no plugin in the place of one', () => {
  it.each<[what: string, put: (path: string) => void]>([
    ['a directory', (path) => mkdirSync(join(path, 'inner'), { recursive: true })],
    ['a FIFO', (path) => execFileSync('mkfifo', [path])],
  ])('%s is status 6 before any other plugin is placed', async (_what, put) => {
    using node = createNode();
    placeForeign(node, ['bridge']);
    put(join(node.binDir, 'macvlan'));
    const before = untouchedSnapshotOf(node.binDir);

    const run = await runInstaller(node, soundArchive(node));

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 6,
      code: 'plugin-name-taken',
      message: expect.stringMatching(`macvlan.*${node.binDir}`),
      hint: expect.stringContaining('--skip'),
    });
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });

  it('is no obstacle under a name that is skipped', async () => {
    using node = createNode();
    mkdirSync(join(node.binDir, 'macvlan'));

    const run = await runInstaller(node, [...soundArchive(node), '--skip', 'macvlan']);

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { placed: ['bridge', 'static'] } } });
  });
});

describe('under --on-conflict=fail', () => {
  it("another installer's plugin is status 6, named, and nothing at all changes", async () => {
    using node = createNode();
    placeForeign(node, ['macvlan']);
    const before = snapshotOf(node.binDir);

    const run = await runInstaller(node, [...soundArchive(node), '--on-conflict', 'fail']);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 6, code: 'plugin-conflict' });
    expect(run.report?.plugins.failed).toEqual(['macvlan']);
    expect(snapshotOf(node.binDir)).toEqual(before);
  });

  it("another installer's plugin with the very bytes is no conflict, and keeps its inode", async () => {
    using node = createNode();
    writeFileSync(join(node.binDir, 'macvlan'), plugin('macvlan'), { mode: 0o755 });
    const { macvlan: before } = snapshotOf(node.binDir);

    const run = await runInstaller(node, [...soundArchive(node), '--on-conflict', 'fail']);

    expect(run).toMatchObject({
      exitStatus: 0,
      report: { plugins: { placed: ['bridge', 'static'], intact: ['macvlan'] } },
    });
    expect(snapshotOf(node.binDir)['macvlan']).toEqual(before);
  });
});

describe('a ledger of a newer installer', () => {
  it('is status 6, and nothing is touched', async () => {
    using node = createNode();
    mkdirSync(node.stateDir);
    writeFileSync(join(node.stateDir, 'ledger.json'), JSON.stringify({ schema: 2, generation: {} }));
    const before = untouchedSnapshotOf(node.binDir);

    const run = await runInstaller(node, soundArchive(node));

    expect(refusalOf(run)).toMatchObject({ exitStatus: 6, code: 'ledger-newer' });
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });
});

describeWhere(missingForMounts(), 'the mount of the bin dir', () => {
  it('that is noexec is status 6 with that word, and the plugins stay', async () => {
    using node = createNode();
    placeForeign(node);
    const before = snapshotOf(node.binDir);
    const mounting = `mount --bind "${node.binDir}" "${node.binDir}"; mount -o remount,bind,noexec "${node.binDir}"`;

    const run = await runInstaller(node, soundArchive(node), { within: afterMounting(mounting) });

    const { exitStatus, code, message } = refusalOf(run);
    expect({ exitStatus, code }).toEqual({ exitStatus: 6, code: 'bin-dir-noexec' });
    expect(message).toContain('noexec');
    expect(message).toContain(node.binDir);
    expect(snapshotOf(node.binDir)).toEqual(before);
  });

  it('that has no room is status 6 with both figures, and nothing is written', async () => {
    using node = createNode();
    const listing = join(node.directory, 'listing');
    const code = `mount -t tmpfs -o size=1m small "${node.binDir}"; trap 'ls -A "${node.binDir}" >"${listing}"' EXIT; "$@"; exit`;

    const run = await runInstaller(node, soundArchive(node), { within: afterMounting(code) });

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 6,
      code: 'node-no-space',
      message: expect.stringMatching(/no space.*MiB.*MiB/),
    });
    expect(execFileSync('cat', [listing], { encoding: 'utf8' })).toBe('');
  });

  it('that differs from that of the state dir is status 6, in words', async () => {
    using node = createNode();
    const stateDir = join(node.directory, 'state');
    mkdirSync(stateDir);

    const run = await runInstaller(node, [...soundArchive(node), '--state-dir', stateDir], {
      within: afterMounting(`mount -t tmpfs other "${stateDir}"`),
    });

    expect(refusalOf(run)).toMatchObject({ exitStatus: 6, code: 'state-dir-elsewhere' });
    expect(namesIn(node.binDir)).toEqual([]);
  });
});

describeWhere(missingForRoot(), "another user's bin dir", () => {
  it('is status 6 without the capability to override, and the capability is named', async () => {
    using node = createNode();
    placeForeign(node);
    chownSync(node.binDir, 4711, 4711);
    const before = snapshotOf(node.binDir);

    const run = await runInstaller(node, soundArchive(node), {
      within: ['setpriv', '--bounding-set=-all', '--inh-caps=-all'],
    });

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 6,
      code: 'node-permission',
      message: expect.stringContaining(node.binDir),
      hint: expect.stringContaining('CAP_DAC_OVERRIDE'),
    });
    expect(snapshotOf(node.binDir)).toEqual(before);
  });
});

describeWhere(missingForRoot(), "another user's plugin", () => {
  it('that cannot be kept as it is stays, and is named together with the capability', async () => {
    using node = createNode();
    placeForeign(node, ['macvlan']);
    const foreign = join(node.binDir, 'macvlan');
    chownSync(foreign, 4711, 4711);
    const before = snapshotOf(node.binDir)['macvlan'];

    const run = await runInstaller(node, soundArchive(node), {
      within: ['setpriv', '--bounding-set=-all', '--inh-caps=-all'],
    });

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 6,
      code: 'node-permission',
      message: expect.stringContaining(`to keep the original of ${foreign}`),
      hint: expect.stringContaining('CAP_FOWNER'),
    });
    expect(pluginsIn(node.binDir)).toEqual(['macvlan']);
    expect(snapshotOf(node.binDir)['macvlan']).toEqual(before);
  });
});
