// Promises about verify: it tells each kind of drift from the others, writes nothing, and its exit status tells.

import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, runInstaller, type TestNode } from '../support/installer.ts';
import { plugin } from '../support/plugins.ts';
import { archiveName, layOut, layOutRelease, packRelease } from '../support/release-archives.ts';
import { namesIn, untouchedSnapshotOf } from '../support/snapshot.ts';

interface Audit {
  readonly outcome: string;
  readonly version: string | null;
  readonly plugins: readonly {
    readonly name: string;
    readonly state: string;
    readonly owner: string | null;
  }[];
  readonly findings: readonly { readonly code: string; readonly message: string; readonly hint: string }[];
}

function install({ archives }: TestNode): string[] {
  const { path, sha256 } = layOutRelease(archives);
  return ['install', '--archive', path, '--sha256', sha256];
}

async function installed(): Promise<TestNode> {
  const node = createNode();
  await runInstaller(node, install(node));
  return node;
}

interface AuditRun {
  readonly exitStatus: number | null;
  readonly audit: Audit;
}

async function audit(node: TestNode, ...args: readonly string[]): Promise<AuditRun> {
  return auditIn(node, {}, args);
}

async function auditIn(
  node: TestNode,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<AuditRun> {
  const { exitStatus, stdout } = await runInstaller(node, ['verify', '--output', 'json', ...args], { env });
  return { exitStatus, audit: JSON.parse(stdout) as Audit };
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('verify', () => {
  it('finds nothing on a node as it was left, and leaves no trace', async () => {
    using node = await installed();
    const before = untouchedSnapshotOf(node.binDir);

    const result = await audit(node);

    expect(result).toMatchObject({
      exitStatus: 0,
      audit: { outcome: 'intact', version: 'v1.9.1', findings: [] },
    });
    expect(result.audit.plugins.map(({ state }) => state)).toEqual(['intact', 'intact', 'intact']);
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });

  it.each<[string, string, (path: string) => void]>([
    ['absent', 'plugin-absent', (path) => rmSync(path)],
    ['changed', 'plugin-changed', (path) => writeFileSync(path, plugin('macvlan', { version: 'v1.0.0' }))],
    ['not-executable', 'plugin-not-executable', (path) => chmodSync(path, 0o644)],
    ['changed', 'plugin-mode-changed', (path) => chmodSync(path, 0o4777)],
    ['changed', 'plugin-mode-changed', (path) => chmodSync(path, 0o711)],
    ['broken', 'plugin-broken', (path) => truncateSync(path, 0)],
    ['broken', 'plugin-broken', (path) => truncateSync(path, 200)],
    ['broken', 'plugin-broken', (path) => writeFileSync(path, plugin('macvlan', { behaviour: 'crashes' }))],
  ])('calls a plugin %s by %s', async (state, code, damage) => {
    using node = await installed();
    damage(join(node.binDir, 'macvlan'));

    const result = await audit(node);

    expect(result).toMatchObject({ exitStatus: 9, audit: { outcome: 'drifted', findings: [{ code }] } });
    expect(result.audit.plugins.find(({ name }) => name === 'macvlan')).toMatchObject({ state });
  });

  it.each<[what: string, damage: (path: string) => void]>([
    ['a world-writable setuid plugin', (path) => chmodSync(path, 0o4777)],
    ['one that lost its execute bit', (path) => chmodSync(path, 0o644)],
    ['other bytes', (path) => writeFileSync(path, plugin('macvlan', { version: 'v1.0.0' }))],
    ['nothing', (path) => rmSync(path)],
    ['what is as it was left', () => undefined],
  ])('and install agree on %s', async (_what, damage) => {
    using node = await installed();
    damage(join(node.binDir, 'macvlan'));

    const { exitStatus } = await audit(node);
    const { report } = await runInstaller(node, [...install(node), '--dry-run']);

    const isDrifted = exitStatus === 9;
    expect(report?.plugins.placed).toEqual(isDrifted ? ['macvlan'] : []);
    expect((await runInstaller(node, install(node))).exitStatus).toBe(0);
    expect((await audit(node)).exitStatus).toBe(0);
  });

  it.each<[policy: string, remedy: RegExp]>([
    ['replace', /^run install to take it over/],
    ['keep', /^install leaves it/],
    ['fail', /^install refuses to replace it/],
  ])(
    'says what install would do, under %s, to an adopted plugin that its owner replaced',
    async (policy, remedy) => {
      using node = createNode();
      const path = join(node.binDir, 'macvlan');
      writeFileSync(path, plugin('macvlan'), { mode: 0o755 });
      const archive = layOutRelease(node.archives);
      await runInstaller(node, ['--archive', archive.path, '--sha256', archive.sha256]);
      writeFileSync(path, plugin('macvlan', { version: 'v1.0.0' }));

      const result = await audit(node, '--on-conflict', policy);

      expect(result).toMatchObject({
        exitStatus: 9,
        audit: { findings: [{ code: 'plugin-foreign', hint: expect.stringMatching(remedy) }] },
      });
      expect(result.audit.plugins).toContainEqual(
        expect.objectContaining({ name: 'macvlan', state: 'foreign', owner: 'other' }),
      );
    },
  );

  it('calls a plugin whose bytes are right, but which cannot run here, broken, and promises no repair', async () => {
    using node = await installed();
    const path = join(node.binDir, 'macvlan');
    const ledger = join(node.stateDir, 'ledger.json');
    const { sha256 } = JSON.parse(readFileSync(ledger, 'utf8')).generation.plugins.macvlan;
    const crashing = plugin('macvlan', { behaviour: 'crashes' });
    writeFileSync(path, crashing);
    writeFileSync(ledger, readFileSync(ledger, 'utf8').replaceAll(sha256, digestOf(crashing)));

    const { audit: found } = await audit(node);

    expect(found.findings).toContainEqual(
      expect.objectContaining({
        code: 'plugin-broken',
        hint: expect.stringMatching(/bytes are the right ones/),
      }),
    );
  });

  it('finds a blob of the store that is not what its name says', async () => {
    using node = await installed();
    const store = join(node.stateDir, 'store');
    const [blob = ''] = namesIn(store);
    writeFileSync(join(store, blob), 'x');

    expect(await audit(node)).toMatchObject({
      exitStatus: 9,
      audit: { findings: [{ code: 'store-damaged' }] },
    });
  });

  it('calls plugins of others foreign on a node where we never were', async () => {
    using node = createNode();
    writeFileSync(join(node.binDir, 'macvlan'), plugin('macvlan'), { mode: 0o755 });

    const result = await audit(node);

    expect(result).toMatchObject({ exitStatus: 9, audit: { version: null } });
    expect(result.audit.plugins).toContainEqual(
      expect.objectContaining({ name: 'macvlan', state: 'foreign', owner: 'other' }),
    );
    expect(result.audit.plugins).toContainEqual(expect.objectContaining({ name: 'bridge', state: 'absent' }));
  });

  it('says all that as a table for people', async () => {
    using node = await installed();

    const { stdout } = await runInstaller(node, ['verify']);

    expect(stdout).toContain('v1.9.1');
    expect(stdout).toMatch(/^macvlan +intact +ours +v1\.9\.1 +[0-9a-f]{12}$/m);
  });
});

/** A set that releases since v1.0.0 do not have. */
const oldSet = { CNI_PLUGINS: 'flannel,macvlan', CNI_PLUGINS_VERSION: 'v0.9.1' };

async function withOldSet(): Promise<TestNode> {
  const node = createNode();
  const version = oldSet.CNI_PLUGINS_VERSION;
  const bytes = packRelease({
    flannel: plugin('flannel', { version }),
    macvlan: plugin('macvlan', { version }),
  });
  const { path, sha256 } = layOut(join(node.archives, archiveName(version)), bytes);
  const run = await runInstaller(node, ['--archive', path, '--sha256', sha256], { env: oldSet });
  expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { placed: ['flannel', 'macvlan'] } } });
  return node;
}

describe('verify in the environment that a manifest gives to the whole pod', () => {
  it('is content with the old release that install brought by it', async () => {
    using node = await withOldSet();

    expect(await auditIn(node, oldSet)).toMatchObject({
      exitStatus: 0,
      audit: { outcome: 'intact', version: 'v0.9.1', findings: [] },
    });
  });

  it('judges names by the release that the node has, where none is told', async () => {
    using node = await withOldSet();

    expect(await auditIn(node, { CNI_PLUGINS: 'flannel,macvlan' })).toMatchObject({ exitStatus: 0 });
  });

  it('takes a variable that only other verbs have', async () => {
    using node = await withOldSet();
    const env = {
      ...oldSet,
      CNI_PLUGINS_ARCHIVE: '/archives',
      CNI_PLUGINS_MIRRORS: 'no URL',
      CNI_PLUGINS_RETRIES: 'x',
    };

    expect(await auditIn(node, env)).toMatchObject({ exitStatus: 0 });
  });

  it('finds that the node has another release than the wished one', async () => {
    using node = await withOldSet();

    const result = await auditIn(node, { CNI_PLUGINS: 'macvlan', CNI_PLUGINS_VERSION: '1.9.1' });

    expect(result).toMatchObject({
      exitStatus: 9,
      audit: {
        outcome: 'drifted',
        version: 'v0.9.1',
        findings: [{ code: 'version-differs', message: 'the node has v0.9.1, wanted v1.9.1' }],
      },
    });
  });

  it('finds absent what is wished besides', async () => {
    using node = await withOldSet();

    const result = await auditIn(node, { ...oldSet, CNI_PLUGINS: 'flannel,macvlan,vlan' });

    expect(result).toMatchObject({ exitStatus: 9, audit: { findings: [{ code: 'plugin-absent' }] } });
  });

  it.each([
    ['on a node that has a release', withOldSet, 'v0.9.1'],
    ['on a node where we never were', async () => createNode(), 'v1.9.1'],
  ])('refuses a name that no release at hand has, %s', async (_, prepare, release) => {
    using node = await prepare();

    const run = await runInstaller(node, ['verify'], { env: { CNI_PLUGINS: 'macvlan,macvlam' } });

    expect(run).toMatchObject({ exitStatus: 2, report: { error: { code: 'unknown-plugin' } } });
    expect(run.report?.error?.message).toMatch(/^CNI_PLUGINS names macvlam, which /);
    expect(run.report?.error?.message).toContain(release);
  });
});
