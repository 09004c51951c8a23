// Promises about what an operator is told of plugins that others placed: which, of which version, by whom, and what they lack.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { builtFrom, plugin } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';

function place(node: TestNode, name: string, bytes: Buffer): void {
  writeFileSync(join(node.binDir, name), bytes, { mode: 0o755 });
}

async function install(node: TestNode, ...args: readonly string[]): Promise<Run> {
  const { path, sha256 } = layOutRelease(node.archives);
  return runInstaller(node, ['--archive', path, '--sha256', sha256, ...args]);
}

const theirs = plugin('theirs');
const calico = 'github.com/projectcalico/calico';
const calicosMacvlan = builtFrom(calico, plugin('macvlan', { version: 'v3.30.1' }));

describe('a plugin that is displaced', () => {
  it('is named in log and report, with the version it says and the module it was built from', async () => {
    using node = createNode();
    place(node, 'macvlan', calicosMacvlan);
    place(node, 'bridge', plugin('bridge', { version: 'v1.0.0' }));

    const { report, stderr } = await install(node);

    const told = `replaced what others had placed: bridge (v1.0.0), macvlan (v3.30.1 of ${calico})`;
    expect(report).toMatchObject({ outcome: 'installed', warnings: [expect.stringContaining(told)] });
    expect(stderr).toContain(`warn: ${told}`);
  });

  it('is named also where it says nothing, nor can be run', async () => {
    using node = createNode();
    place(node, 'macvlan', Buffer.from('#!/bin/sh\n'));
    place(node, 'bridge', plugin('bridge', { behaviour: 'hangs' }));

    const { report, exitStatus } = await install(node);

    expect(exitStatus).toBe(0);
    expect(report?.warnings).toEqual([
      expect.stringMatching(/^replaced what others had placed: bridge, macvlan \(/),
    ]);
  });

  it('is told of once: the next start has nothing to say', async () => {
    using node = createNode();
    place(node, 'macvlan', calicosMacvlan);
    await install(node);

    const { report } = await install(node);

    expect(report?.outcome).toBe('unchanged');
    expect(report?.warnings).toBeUndefined();
  });
});

describe('a plugin of ours that somebody wrote over', () => {
  it('is put back, and whoever wrote is named as far as the file tells', async () => {
    using node = createNode();
    await install(node);
    place(node, 'macvlan', calicosMacvlan);

    const { report } = await install(node);

    expect(report).toMatchObject({ outcome: 'repaired', plugins: { placed: ['macvlan'] } });
    expect(report?.warnings).toEqual([expect.stringContaining(`macvlan (v3.30.1 of ${calico})`)]);
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan'));
  });

  it('is put back without a word about anybody where a full disk or a crash has cut it', async () => {
    using node = createNode();
    await install(node);
    place(node, 'macvlan', plugin('macvlan').subarray(0, 4000));

    const { report } = await install(node);

    expect(report?.outcome).toBe('repaired');
    expect(report?.warnings).toBeUndefined();
  });
});

const keep = ['--on-conflict', 'keep'];
const current = plugin('macvlan', { version: 'v1.6.2', speaks: ['0.3.1', '0.4.0', '1.0.0', '1.1.0'] });
const old = plugin('macvlan', { version: 'v0.8.6', speaks: ['0.3.1', '0.4.0'] });

describe('a plugin that is kept', () => {
  it('is named with its version and the spec versions it speaks', async () => {
    using node = createNode();
    place(node, 'macvlan', current);

    const { report } = await install(node, ...keep);

    expect(report?.warnings).toEqual([
      "kept, as another installer's that works: macvlan (v1.6.2, speaks CNI 0.3.1, 0.4.0, 1.0.0, 1.1.0)",
    ]);
  });

  it('and speaks fewer spec versions than the wished release is told of at every start', async () => {
    using node = createNode();
    place(node, 'macvlan', old);
    const told = expect.stringMatching(
      /^kept.*macvlan \(v0\.8\.6, speaks CNI 0\.3\.1, 0\.4\.0\); v1\.9\.1 also speaks 1\.0\.0, 1\.1\.0 \(/,
    );

    const first = await install(node, ...keep);
    const second = await install(node, ...keep);

    expect(first.report).toMatchObject({ outcome: 'installed', warnings: [told] });
    expect(second.report).toMatchObject({ outcome: 'unchanged', warnings: [told] });
  });

  it('and has been replaced by its owner with one that speaks enough is told of no more', async () => {
    using node = createNode();
    place(node, 'macvlan', old);
    await install(node, ...keep);
    place(node, 'macvlan', current);
    await install(node, ...keep);

    const { report } = await install(node, ...keep);

    expect(report).toMatchObject({ outcome: 'unchanged', plugins: { kept: ['macvlan'] } });
    expect(report?.warnings).toBeUndefined();
  });

  it('is shown by verify with what it says, and what it lacks is a note, not drift', async () => {
    using node = createNode();
    place(node, 'macvlan', old);
    await install(node, ...keep);

    const json = await runInstaller(node, ['verify', '--output', 'json', ...keep]);
    const table = await runInstaller(node, ['verify', ...keep]);

    expect(json.exitStatus).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      plugins: expect.arrayContaining([
        expect.objectContaining({ name: 'macvlan', version: 'v0.8.6', specVersions: ['0.3.1', '0.4.0'] }),
      ]),
      notes: [{ code: 'kept-plugin-behind' }],
      findings: [],
    });
    expect(table.stdout).toMatch(/^macvlan +foreign +other +v0\.8\.6 +[0-9a-f]{12} +0\.3\.1-0\.4\.0$/m);
    expect(table.stdout).toContain('note: kept');
  });
});

describe('programs of the bin dir that nobody asked for', () => {
  it('are named in the report, at every start; links too, but no file that cannot be run, and nothing hidden', async () => {
    using node = createNode();
    place(node, 'cilium-cni', plugin('cilium-cni'));
    place(node, '.hidden', plugin('hidden'));
    writeFileSync(join(node.binDir, 'README'), 'read me');
    symlinkSync('/nowhere/on/this/side', join(node.binDir, 'flannel'));
    mkdirSync(join(node.binDir, 'lost+found'));

    const first = await install(node);
    const second = await install(node);

    expect(first.report?.plugins).toMatchObject({ present: ['cilium-cni', 'flannel'] });
    expect(second.report).toMatchObject({
      outcome: 'unchanged',
      plugins: { present: ['cilium-cni', 'flannel'] },
    });
  });

  it('are not in the report where there are none', async () => {
    using node = createNode();

    const { report } = await install(node);

    expect(Object.keys(report?.plugins ?? {})).toEqual(['placed', 'intact', 'kept', 'failed']);
  });

  it('make the report no longer than a pod can carry, however many there are', async () => {
    using node = createNode();
    for (let number = 100; number < 900; number += 1)
      place(node, `a-plugin-with-a-long-name-${number}`, theirs);

    const { report } = await install(node);

    expect(readFileSync(node.terminationLog).length).toBeLessThanOrEqual(2049);
    expect(report?.plugins).toMatchObject({ placed: ['bridge', 'macvlan', 'static'] });
    expect(report?.plugins).toHaveProperty('present');
  });
});
