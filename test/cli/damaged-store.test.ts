// Promises of a node whose store was damaged: nothing of it is placed, and where nothing whole is left, that is said.

import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, refusalOf, runInstaller, type TestNode } from '../support/installer.ts';
import { deadMirrorUrl } from '../support/mirror.ts';
import { plugin } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { startWatch } from '../support/watch.ts';
import { eventually } from '../throwaway-node/eventually.ts';

const older = 'v1.8.0';

function wishing(node: TestNode, version: string): string[] {
  const { path, sha256 } = layOutRelease(node.archives, version);
  return ['install', '--archive', path, '--sha256', sha256];
}

async function unreachable(node: TestNode, version: string): Promise<string[]> {
  const { sha256 } = layOutRelease(node.archives, version);
  const source = ['--mirror', await deadMirrorUrl(), '--retries', '0'];
  return ['install', '--cni-version', version, '--sha256', sha256, ...source];
}

/** A node with one release, whose macvlan is gone. */
async function withoutMacvlan(version = older): Promise<TestNode> {
  const node = createNode();
  const { exitStatus, stderr } = await runInstaller(node, wishing(node, version));
  if (exitStatus !== 0) throw new Error(stderr);
  rmSync(join(node.binDir, 'macvlan'));
  return node;
}

function blobOf({ stateDir }: TestNode, version = older): string {
  const sha256 = createHash('sha256').update(plugin('macvlan', { version })).digest('hex');
  return join(stateDir, 'store', `sha256-${sha256}`);
}

/** What happens to a file on a disk; each leaves the name. */
const damages: readonly (readonly [string, (path: string) => void])[] = [
  ['has other bytes in the middle', flipMiddle],
  ['is empty', (path) => truncateSync(path, 0)],
  ['is cut short', (path) => truncateSync(path, 500)],
  ['is a pipe', (path) => (rmSync(path), execFileSync('mkfifo', [path]))],
  ['is gone', (path) => rmSync(path)],
];

/** Still an ELF file that runs. */
function flipMiddle(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length / 2;
  for (let offset = at; offset < at + 64; offset += 1) bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
}

describe.each(damages)("a node whose store's copy of a plugin %s", (_what, damage) => {
  it.each<[wish: string, version: string]>([
    ['the release it has', older],
    ['a newer one', 'v1.9.1'],
  ])('without a source of %s is told so with 3, and nothing is placed', async (_wish, version) => {
    using node = await withoutMacvlan();
    damage(blobOf(node));

    const run = await runInstaller(node, await unreachable(node, version));

    const { exitStatus, message } = refusalOf(run);
    expect(exitStatus).toBe(3);
    expect(message).toMatch(/^macvlan could not be obtained, and the store's copy .* is damaged/);
    expect(run.report?.plugins.failed).toEqual(['macvlan']);
    expect(existsSync(join(node.binDir, 'macvlan'))).toBe(false);
  });

  it('is told the same by a dry run', async () => {
    using node = await withoutMacvlan();
    damage(blobOf(node));
    const { sha256 } = layOutRelease(node.archives, older);
    const gone = ['--archive', join(node.archives, 'gone.tgz'), '--cni-version', older];

    const run = await runInstaller(node, ['install', '--dry-run', ...gone, '--sha256', sha256]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 3, code: 'set-incomplete' });
  });

  it('is repaired from the archive, and then has a whole copy again', async () => {
    using node = await withoutMacvlan();
    damage(blobOf(node));

    const run = await runInstaller(node, wishing(node, older));

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { placed: ['macvlan'] } } });
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan', { version: older }));
    expect((await runInstaller(node, ['verify'])).exitStatus).toBe(0);
  });

  it('gives watch nothing to put back, which says so', async () => {
    using node = await withoutMacvlan();
    damage(blobOf(node));

    await using watch = await startWatch(node);
    await eventually('it could not be put back', 20_000, async () =>
      (await watch.metric('repair_failures_total{plugin="macvlan",reason="store"}')) === 1 ? true : undefined,
    );

    watch.process.kill('SIGTERM');
    expect((await watch.ended).stderr).toMatch(/macvlan could not be put back: .*missing or damaged/);
    expect(existsSync(join(node.binDir, 'macvlan'))).toBe(false);
  });

  it('is not rolled back to it', async () => {
    using node = await withoutMacvlan();
    await runInstaller(node, wishing(node, 'v1.9.1'));
    damage(blobOf(node));

    const run = await runInstaller(node, ['rollback']);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 6, code: 'store-damaged' });
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan'));
  });
});
