// Promises about links in the bin dir that lead out of our container (k3s, NixOS): what works on the node is kept.

import { existsSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { plugin } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { untouchedSnapshotOf } from '../support/snapshot.ts';

/** Where k3s has its one binary for all plugins; nothing in our own root has that path. */
const multiCall = '/var/lib/rancher/k3s/data/current/bin/cni';

/** What the orchestrator's presence says, and a procfs whose process 1 has another root than we have. */
interface Seen {
  readonly env: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

/** A node whose macvlan is a link, seen from a container. */
function nodeWithLink(target: string): TestNode {
  const node = createNode();
  symlinkSync(target, join(node.binDir, 'macvlan'));
  return node;
}

/** With the node's procfs at hand; its root has the program, or has it not. */
function withHostProc(node: TestNode, program: Buffer | undefined): Seen {
  const root = join(node.directory, 'root-of-the-node');
  const proc = join(node.directory, 'host-proc');
  mkdirSync(join(root, multiCall, '..'), { recursive: true });
  if (program !== undefined) writeFileSync(join(root, multiCall), program, { mode: 0o755 });
  mkdirSync(join(proc, '1'), { recursive: true });
  symlinkSync(root, join(proc, '1/root'));
  return { env: inPod, words: ['--host-proc', proc] };
}

const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };

function withoutHostProc(node: TestNode): Seen {
  return { env: inPod, words: ['--host-proc', join(node.directory, 'nothing-there')] };
}

function install(node: TestNode, { env, words }: Seen): Promise<Run> {
  const { path, sha256 } = layOutRelease(node.archives);
  const wish = ['install', '--archive', path, '--sha256', sha256, '--on-conflict', 'keep'];
  return runInstaller(node, [...wish, ...words], { env });
}

const theirs = plugin('macvlan', { version: 'v1.0.0' });

describe('under keep, a link that leads out of the container', () => {
  it('to a plugin that works on the node is kept, and named with what it says of itself', async () => {
    using node = nodeWithLink(multiCall);

    const run = await install(node, withHostProc(node, theirs));

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { kept: ['macvlan'] } } });
    expect(run.report?.warnings?.[0]).toMatch(
      /^kept, as another installer's that works: macvlan \(v1\.0\.0, speaks CNI 0\.3\.1/,
    );
    expect(readlinkSync(join(node.binDir, 'macvlan'))).toBe(multiCall);
  });

  it('is not run again in vain: the next start is unchanged, and leaves no trace', async () => {
    using node = nodeWithLink(multiCall);
    const seen = withHostProc(node, theirs);
    await install(node, seen);
    const before = untouchedSnapshotOf(node.binDir);

    const run = await install(node, seen);

    expect(run).toMatchObject({
      exitStatus: 0,
      report: { outcome: 'unchanged', plugins: { kept: ['macvlan'] } },
    });
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });

  it.each<[what: string, program: Buffer | undefined]>([
    ['nothing', undefined],
    ['a plugin that fails', plugin('macvlan', { behaviour: 'fails' })],
    ['an empty file', Buffer.alloc(0)],
  ])('to %s on the node is replaced, and kept among the originals', async (_what, program) => {
    using node = nodeWithLink(multiCall);

    const run = await install(node, withHostProc(node, program));

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { kept: [] } } });
    expect(lstatSync(join(node.binDir, 'macvlan')).isFile()).toBe(true);
    expect(readlinkSync(join(node.stateDir, 'originals/macvlan'))).toBe(multiCall);
  });

  it('to where it cannot be followed is kept, and that said: it is not ours to call it broken', async () => {
    using node = nodeWithLink(multiCall);

    const run = await install(node, withoutHostProc(node));

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { kept: ['macvlan'] } } });
    expect(run.report?.warnings).toEqual([
      expect.stringMatching(/^macvlan .* can't be judged from here: .*leads out of this container, to \/var/),
    ]);
    expect(existsSync(join(node.stateDir, 'originals'))).toBe(false);
    expect((await install(node, withoutHostProc(node))).report?.outcome).toBe('unchanged');
  });

  it('to something of our own image is not taken for the plugin of the node', async () => {
    using node = nodeWithLink('/bin/true');

    const run = await install(node, withHostProc(node, theirs));

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { kept: [] } } });
  });

  it('is shown by verify with its version and spec versions, and is no finding', async () => {
    using node = nodeWithLink(multiCall);
    const { env, words } = withHostProc(node, theirs);
    await install(node, { env, words });

    const run = await runInstaller(node, ['verify', '--output', 'json', ...words], { env });

    expect(run.exitStatus).toBe(0);
    expect(JSON.parse(run.stdout).plugins).toContainEqual(
      expect.objectContaining({
        name: 'macvlan',
        state: 'foreign',
        version: 'v1.0.0',
        specVersions: ['0.3.1', '0.4.0', '1.0.0'],
      }),
    );
    const table = await runInstaller(node, ['verify', ...words], { env });
    expect(table.stdout).toMatch(/^macvlan +foreign +other +v1\.0\.0 .*0\.3\.1-1\.0\.0$/m);
  });

  it('and cannot be followed is a note of verify, not a finding', async () => {
    using node = nodeWithLink(multiCall);
    const { env, words } = withoutHostProc(node);
    await install(node, { env, words });

    const run = await runInstaller(node, ['verify', ...words], { env });

    expect(run.exitStatus).toBe(0);
    expect(run.stdout).toMatch(/^note: .*macvlan leads out of this container/m);
  });
});
