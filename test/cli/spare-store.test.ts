// Promises of --spare-store: a bin dir that is removed and made anew gets its plugins back without a network.

import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, refusalOf, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { deadMirrorUrl } from '../support/mirror.ts';
import {
  afterMounting,
  describeWhere,
  missingCommands,
  missingForMounts,
  missingForRoot,
} from '../support/needs.ts';
import { plugin, pluginNames } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { snapshotOf, untouchedSnapshotOf } from '../support/snapshot.ts';
import { startWatch, type Watch } from '../support/watch.ts';
import { eventually } from '../throwaway-node/eventually.ts';

const spareOf = ({ directory }: TestNode): string => join(directory, 'var/lib/spare');

function run(node: TestNode, words: readonly string[], within: readonly string[] = []): Promise<Run> {
  return runInstaller(node, words, { env: { CNI_PLUGINS_SPARE_STORE: spareOf(node) }, within });
}

function install(node: TestNode, version = 'v1.9.1'): string[] {
  const { path, sha256 } = layOutRelease(node.archives, version);
  return ['install', '--archive', path, '--sha256', sha256];
}

async function withoutSource(node: TestNode, version = 'v1.9.1'): Promise<string[]> {
  const { sha256 } = layOutRelease(node.archives, version);
  const source = ['--mirror', await deadMirrorUrl(), '--retries', '0'];
  return ['install', '--cni-version', version, '--sha256', sha256, ...source];
}

async function installed(version = 'v1.9.1'): Promise<TestNode> {
  const node = createNode();
  const { exitStatus, stderr } = await run(node, install(node, version));
  if (exitStatus !== 0) throw new Error(stderr);
  return node;
}

/** As a package upgrade or a distribution's own installer does it. */
function replaceBinDir({ binDir }: TestNode): void {
  rmSync(binDir, { recursive: true });
  mkdirSync(binDir);
}

function blobOf(store: string, version = 'v1.9.1'): string {
  const sha256 = createHash('sha256').update(plugin('macvlan', { version })).digest('hex');
  return join(store, 'store', `sha256-${sha256}`);
}

describe('a bin dir that was removed and made anew', () => {
  it('gets its plugins back from the spare store, without a source, and has a store of its own again', async () => {
    using node = await installed();
    replaceBinDir(node);

    const again = await run(node, await withoutSource(node));

    expect(again).toMatchObject({
      exitStatus: 0,
      report: { version: 'v1.9.1', plugins: { placed: [...pluginNames] } },
    });
    for (const name of pluginNames) expect(readFileSync(join(node.binDir, name))).toEqual(plugin(name));
    expect((await run(node, ['verify'])).exitStatus).toBe(0);
    expect((await run(node, await withoutSource(node))).report?.outcome).toBe('unchanged');
  });

  it('gets the earlier release where the wished one could not be obtained: degraded, not without plugins', async () => {
    using node = await installed('v1.8.0');
    replaceBinDir(node);

    const again = await run(node, await withoutSource(node));

    expect(again).toMatchObject({ exitStatus: 0, report: { outcome: 'degraded', version: 'v1.8.0' } });
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan', { version: 'v1.8.0' }));
  });

  it('is foreseen to get them by a dry run', async () => {
    using node = await installed();
    replaceBinDir(node);

    const foreseen = await run(node, [...(await withoutSource(node)), '--dry-run']);

    expect(foreseen.report?.plugins.placed).toEqual([...pluginNames]);
    expect(readdirSync(node.binDir)).toEqual([]);
  });

  it('is refused what the spare store has only damaged: nothing of it is placed', async () => {
    using node = await installed();
    replaceBinDir(node);
    truncateSync(blobOf(spareOf(node)), 500);

    const again = await run(node, await withoutSource(node));

    expect(refusalOf(again)).toMatchObject({ exitStatus: 3 });
    expect(existsSync(join(node.binDir, 'macvlan'))).toBe(false);
  });
});

describe('a spare store', () => {
  it('mends the first one where that was damaged', async () => {
    using node = await installed();
    rmSync(join(node.binDir, 'macvlan'));
    rmSync(blobOf(node.stateDir));
    writeFileSync(blobOf(node.stateDir), plugin('macvlan', { version: 'v0.0.1' }));

    const repaired = await run(node, await withoutSource(node));

    expect(repaired).toMatchObject({
      exitStatus: 0,
      report: { outcome: 'repaired', plugins: { placed: ['macvlan'] } },
    });
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan'));
  });

  it('has the two sets that can be gone back to, and no more', async () => {
    using node = createNode();
    for (const version of ['v1.7.1', 'v1.8.0', 'v1.9.1']) await run(node, install(node, version));

    expect(readdirSync(join(spareOf(node), 'generations')).toSorted()).toEqual(['2.json', '3.json']);
    expect(readdirSync(join(spareOf(node), 'store'))).toHaveLength(2 * pluginNames.length);
  });

  it('that comes later is filled by the next start, which changes nothing else', async () => {
    using node = createNode();
    await runInstaller(node, install(node));
    const { bridge, macvlan, static: third } = snapshotOf(node.binDir);

    const next = await run(node, install(node));

    expect(next).toMatchObject({ exitStatus: 0, report: { outcome: 'unchanged' } });
    expect(snapshotOf(node.binDir)).toMatchObject({ bridge, macvlan, static: third });
    expect(readdirSync(join(spareOf(node), 'store'))).toHaveLength(pluginNames.length);
  });

  it('is not filled with what the first store has damaged', async () => {
    using node = createNode();
    await runInstaller(node, install(node));
    writeFileSync(blobOf(node.stateDir), plugin('macvlan', { version: 'v9.9.9' }));

    expect(await run(node, install(node))).toMatchObject({ exitStatus: 0 });

    expect(existsSync(blobOf(spareOf(node)))).toBe(false);
    expect(readdirSync(join(spareOf(node), 'store'))).toHaveLength(pluginNames.length - 1);
  });

  it('leaves no trace of a start on a healthy node', async () => {
    using node = await installed();
    const before = [untouchedSnapshotOf(node.binDir), untouchedSnapshotOf(spareOf(node))];

    expect((await run(node, install(node))).report?.outcome).toBe('unchanged');
    expect([untouchedSnapshotOf(node.binDir), untouchedSnapshotOf(spareOf(node))]).toEqual(before);
  });

  it('that lacks a plugin is a finding of verify, until the next install', async () => {
    using node = await installed();
    rmSync(blobOf(spareOf(node)));

    const verified = await run(node, ['verify', '--output', 'json']);
    await run(node, install(node));

    expect(verified.exitStatus).toBe(9);
    expect(JSON.parse(verified.stdout).findings).toMatchObject([{ code: 'spare-store-damaged' }]);
    expect((await run(node, ['verify'])).exitStatus).toBe(0);
  });

  it('that lacks a plugin is found by doctor, which an install takes away; without one doctor says nothing of it', async () => {
    using node = await installed();
    const asked = ['doctor', '--host-proc', join(node.directory, 'no-proc'), '--output', 'json'];
    const check = async (asking: typeof run): Promise<unknown> =>
      (JSON.parse((await asking(node, asked)).stdout) as { checks: { id: string }[] }).checks.find(
        ({ id }) => id === 'spare-store-damaged',
      );
    expect(await check(run)).toMatchObject({ result: 'ok' });

    rmSync(blobOf(spareOf(node)));
    expect(await check(run)).toMatchObject({
      result: 'finding',
      severity: 'warning',
      message: expect.stringContaining(blobOf(spareOf(node))),
      remedy: expect.stringContaining('the next install fills it again'),
    });
    expect(await check((on, words) => runInstaller(on, words))).toMatchObject({ result: 'skipped' });

    await run(node, install(node));
    expect(await check(run)).toMatchObject({ result: 'ok' });
  });

  it('is given back at uninstall, what is not ours in it stays', async () => {
    using node = await installed();
    writeFileSync(join(spareOf(node), 'notes'), 'theirs');

    const gone = await run(node, ['uninstall']);

    expect(gone).toMatchObject({ exitStatus: 0, report: { outcome: 'uninstalled' } });
    expect(readdirSync(spareOf(node))).toEqual(['notes']);
  });

  it('is given back at uninstall although the bin dir was made anew', async () => {
    using node = await installed();
    replaceBinDir(node);

    expect((await run(node, ['uninstall'])).report?.outcome).toBe('uninstalled');
    expect(existsSync(spareOf(node))).toBe(false);
    expect(readdirSync(node.binDir)).toEqual([]);
  });
});

describe('a watch with a spare store', () => {
  const watching = (node: TestNode, args: readonly string[] = []): Promise<Watch> =>
    startWatch(node, args, { env: { CNI_PLUGINS_SPARE_STORE: spareOf(node) } });
  const isBack = (node: TestNode): Promise<true> =>
    eventually('macvlan is back', 20_000, async () => {
      const path = join(node.binDir, 'macvlan');
      return (existsSync(path) && readFileSync(path).equals(plugin('macvlan'))) || undefined;
    });

  const isReady = (watch: Watch): Promise<true> =>
    eventually('it is ready', 20_000, async () =>
      (await watch.ask('/readyz')).status === 200 ? true : undefined,
    );

  it('puts a plugin back that the first store has lost, and tells by a metric what the spare one has lost', async () => {
    using node = await installed();
    await using watch = await watching(node);
    expect(await watch.metric('spare_store_intact')).toBe(1);
    rmSync(blobOf(node.stateDir));
    rmSync(join(node.binDir, 'macvlan'));
    await isBack(node);
    // The repair is over only after the spare store has been seen to.
    await eventually('the repair is counted', 20_000, async () =>
      (await watch.metric('repairs_total{plugin="macvlan",reason="absent"}')) === 1 ? true : undefined,
    );
    rmSync(blobOf(spareOf(node)));

    await using again = await watching(node);

    expect(await again.metric('spare_store_intact')).toBe(0);
  });

  it('fills a bin dir that is made anew, at its next start', async () => {
    using node = await installed();
    await using watch = await watching(node);
    replaceBinDir(node);
    expect(await watch.ended).toMatchObject({ exitStatus: 0 });

    await using again = await watching(node);

    await isBack(node);
    await isReady(again);
    expect((await run(node, ['verify'])).exitStatus).toBe(0);
  });

  it('leaves a bin dir that is made anew as it is where drift is only reported', async () => {
    using node = await installed();
    await using watch = await watching(node, ['--on-drift', 'report']);
    replaceBinDir(node);
    await watch.ended;

    await using next = await watching(node, ['--on-drift', 'report']);

    await eventually('it is not ready', 20_000, async () =>
      (await next.ask('/readyz')).status === 503 ? true : undefined,
    );
    expect(await next.metric('plugin_state{plugin="macvlan",state="absent"}')).toBe(1);
    expect(readdirSync(node.binDir)).toEqual([]);
  });

  it('that has nothing is not ready, says what to do, and is content once an init container has done it', async () => {
    using node = await installed();
    await using watch = await watching(node);
    replaceBinDir(node);
    await watch.ended;
    rmSync(spareOf(node), { recursive: true });

    await using next = await watching(node);
    await eventually('it is counted', 20_000, async () =>
      (await next.metric('repair_failures_total{plugin="macvlan",reason="store"}')) === 1 ? true : undefined,
    );
    expect(await next.ask('/readyz')).toMatchObject({
      status: 503,
      text: expect.stringContaining('macvlan is not there'),
    });
    expect((await next.ask('/healthz')).status).toBe(200);
    expect((await run(node, install(node))).exitStatus).toBe(0);

    await isReady(next);
    next.process.kill('SIGTERM');
    expect((await next.ended).stderr).toMatch(/macvlan.* could not be put back: .*init container/);
  });
});

describeWhere(missingForMounts(), 'a spare store on a file system of its own', () => {
  it.each<[what: string, options: string, says: RegExp]>([
    ['that is too small', 'size=512k', /no space.*MiB are needed/],
    ['that is read-only', 'ro', /read-only/],
  ])('%s is a warning; the plugins are placed all the same', async (_what, options, says) => {
    using node = createNode();
    mkdirSync(spareOf(node), { recursive: true });

    const end = await run(
      node,
      install(node),
      afterMounting(`mount -t tmpfs -o ${options} spare "${spareOf(node)}"`),
    );

    expect(end).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
    expect(end.report?.warnings).toEqual([expect.stringMatching(/^the spare store .* could not be filled/)]);
    expect(end.report?.warnings?.join()).toMatch(says);
  });
});

describeWhere(missingForRoot() ?? missingCommands(['setpriv']), 'a spare store that may not be read', () => {
  it('is named by verify, and by doctor as what it could not look at; it is no bug of ours', async () => {
    using node = await installed();
    const store = join(spareOf(node), 'store');
    chmodSync(store, 0);
    const within = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];

    const verified = await run(node, ['verify'], within);
    const doctor = await run(node, ['doctor', '--output', 'json'], within);

    expect(refusalOf(verified)).toMatchObject({
      exitStatus: 6,
      code: 'node-permission',
      message: expect.stringContaining(store),
    });
    expect((JSON.parse(doctor.stdout) as { checks: object[] }).checks).toContainEqual(
      expect.objectContaining({
        id: 'spare-store-damaged',
        result: 'skipped',
        message: expect.stringContaining(store),
      }),
    );
  });
});
