// Promises of a run that can't have the wished release on a node that has an earlier one: degraded, loudly, not failed.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type Report, refusalOf, runInstaller, type TestNode } from '../support/installer.ts';
import { deadMirrorUrl, serveBody, serveHalf } from '../support/mirror.ts';
import { pluginNames } from '../support/plugins.ts';
import { layOutRelease, soundRelease } from '../support/release-archives.ts';
import { snapshotOf } from '../support/snapshot.ts';

const otherDigest = 'a'.repeat(64);

async function installOlder(node: TestNode, plugins: readonly string[] = pluginNames): Promise<void> {
  const { path, sha256 } = layOutRelease(node.archives, 'v1.8.0');
  const words = ['--archive', path, '--sha256', sha256, '--plugins', plugins.join(',')];
  const run = await runInstaller(node, words);
  if (run.exitStatus !== 0) throw new Error(run.stderr);
}

function wishingNewer(mirror: string): string[] {
  return ['--cni-version', 'v1.9.1', '--mirror', mirror, '--sha256', otherDigest, '--retries', '0'];
}

describe('a release that can not be had', () => {
  it('leaves the earlier set in place: status 0, the version that the node has, and a warning', async () => {
    using node = createNode();
    await installOlder(node);
    const before = snapshotOf(node.binDir);
    const dead = await deadMirrorUrl();

    const run = await runInstaller(node, wishingNewer(dead));

    expect(run).toMatchObject({
      exitStatus: 0,
      report: {
        outcome: 'degraded',
        version: 'v1.8.0',
        plugins: { placed: [], intact: [...pluginNames] },
        error: { exitStatus: 3, message: expect.stringContaining(dead) },
      },
    });
    expect(run.stderr).toMatch(/^warn: .*v1\.8\.0/m);
    for (const name of pluginNames) expect(snapshotOf(node.binDir)[name]).toEqual(before[name]);
  });

  it('leaves it also when what came was another archive', async () => {
    using node = createNode();
    await installOlder(node);
    await using wrong = await serveBody('<!doctype html>');

    const run = await runInstaller(node, wishingNewer(wrong.url));

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'degraded', error: { exitStatus: 4 } } });
  });

  it('is status 3 under --strict, with the plugins in place all the same', async () => {
    using node = createNode();
    await installOlder(node);

    const run = await runInstaller(node, [...wishingNewer(await deadMirrorUrl()), '--strict']);

    expect(run).toMatchObject({ exitStatus: 3, report: { outcome: 'degraded', version: 'v1.8.0' } });
    expect(Object.keys(snapshotOf(node.binDir))).toEqual(expect.arrayContaining([...pluginNames]));
  });

  it('is status 3 when the earlier set lacks a requested plugin, which is named', async () => {
    using node = createNode();
    await installOlder(node, ['bridge']);

    const run = await runInstaller(node, wishingNewer(await deadMirrorUrl()));

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 3,
      message: expect.stringMatching(/macvlan.*static/),
    });
    expect(run.report?.plugins.failed).toEqual(['macvlan', 'static']);
  });

  it('still has damaged plugins of the earlier set repaired', async () => {
    using node = createNode();
    await installOlder(node);
    rmSync(join(node.binDir, 'macvlan'));

    const run = await runInstaller(node, wishingNewer(await deadMirrorUrl()));

    expect(run.report).toMatchObject<Partial<Report>>({
      outcome: 'degraded',
      plugins: { placed: ['macvlan'], intact: ['bridge', 'static'], kept: [], failed: [] },
    });
  });

  it('within --timeout, because a mirror does not come to an end, leaves the earlier set as well', async () => {
    using node = createNode();
    await installOlder(node);
    await using slow = await serveHalf(soundRelease(), () => undefined);

    const run = await runInstaller(node, [...wishingNewer(slow.url), '--timeout', '4s']);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'degraded', version: 'v1.8.0' } });
  });

  it('is an error on a node that has nothing of ours', async () => {
    using node = createNode();

    const run = await runInstaller(node, wishingNewer(await deadMirrorUrl()));

    expect(refusalOf(run).exitStatus).toBe(3);
  });
});

describe('a digest that speaks against the very release on the node', () => {
  it('is status 4, not a reason to go on with what is there', async () => {
    using node = createNode();
    await installOlder(node);
    const { path } = layOutRelease(node.archives, 'v1.8.0');

    const run = await runInstaller(node, ['--archive', path, '--sha256', otherDigest]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 4, code: 'digest-mismatch' });
  });
});
