// Promises about where the archive comes from and how it is recognised: exit statuses 0, 3 and 4.

import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createNode, refusalOf, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { deadMirrorUrl, serveBody, serveDirectory } from '../support/mirror.ts';
import {
  archiveName,
  contentsOf,
  layOut,
  layOutRelease,
  layOutSidecar,
  packRelease,
  soundRelease,
} from '../support/release-archives.ts';
import { ownArch } from '../support/own-arch.ts';
import { snapshotOf } from '../support/snapshot.ts';
import { plugin } from '../support/plugins.ts';

const version = 'v1.9.1';
const otherDigest = 'f'.repeat(64);

/** Another archive under the right name. */
const tampered = packRelease({ ...contentsOf(version), macvlan: plugin('macvlan', { version: 'v6.6.6' }) });

/** Puts another installer's plugin in place, so that a failure has something that it must not touch. */
function placeForeign(node: TestNode): ReturnType<typeof snapshotOf> {
  writeFileSync(join(node.binDir, 'bridge'), plugin('bridge', { version: 'v1.0.0' }), { mode: 0o755 });
  return snapshotOf(node.binDir);
}

/** Arguments that ask each of the mirrors once, in this order. */
function asking(sha256: string, ...mirrors: readonly string[]): string[] {
  return ['--mirror', mirrors.join(','), '--sha256', sha256, '--retries', '0'];
}

function installed(run: Run): boolean {
  return run.exitStatus === 0 && run.report?.outcome === 'installed';
}

describe('a local archive', () => {
  it.each([
    ['flat', ''],
    ['by version', `${version}/`],
  ])('is found in a directory that has it %s', async (_layout, below) => {
    using node = createNode();
    const { sha256 } = layOut(join(node.archives, below, archiveName(version)), soundRelease());

    const run = await runInstaller(node, ['--archive', node.archives, '--sha256', sha256]);

    expect(installed(run)).toBe(true);
  });

  it('names its version: a file of another release needs no --cni-version', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives, 'v1.8.0');

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(run.report).toMatchObject({ outcome: 'installed', version: 'v1.8.0' });
  });

  it.each([
    ['a file that is not there', 'nothing.tgz'],
    ['a directory that has none', 'empty'],
  ])('that is %s is status 3, naming where it was looked for', async (_case, name) => {
    using node = createNode();
    mkdirSync(join(node.archives, 'empty'));
    const place = join(node.archives, name);

    const run = await runInstaller(node, ['--archive', place, '--sha256', 'a'.repeat(64)]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 3, message: expect.stringContaining(place) });
    expect(existsSync(node.stateDir)).toBe(false);
  });
});

describe('the expected digest', () => {
  it('may be a SHA-512, also beside a SHA-256, and in capitals', async () => {
    using node = createNode();
    const { path, sha256, sha512 } = layOutRelease(node.archives);

    const run = await runInstaller(node, [
      '--archive',
      path,
      '--sha256',
      sha256.toUpperCase(),
      '--sha512',
      sha512.toUpperCase(),
    ]);

    expect(installed(run)).toBe(true);
  });

  it('may be one of several, for several platforms', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    const other = 'b'.repeat(64);

    const run = await runInstaller(node, [
      '--archive',
      path,
      '--sha256',
      `mips64le=${other},${ownArch}=${other}`,
      '--sha256',
      `linux/${ownArch}=${sha256}`,
    ]);

    expect(installed(run)).toBe(true);
  });

  it('must hold in both algorithms when both are given', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    const run = await runInstaller(node, [
      '--archive',
      path,
      '--sha256',
      sha256,
      '--sha512',
      'c'.repeat(128),
    ]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 4, code: 'digest-mismatch' });
  });

  it.each<[what: string, bytes: Buffer]>([
    ['another archive', tampered],
    ['a truncated archive', soundRelease().subarray(0, 100_000)],
    ['an archive with bytes too many', Buffer.concat([soundRelease(), Buffer.from('more')])],
    ['an HTML page', Buffer.from('<!doctype html><title>Sign in</title>')],
    ['an empty file', Buffer.alloc(0)],
  ])('refuses %s with status 4, saying which digest was wanted and found', async (_what, bytes) => {
    using node = createNode();
    const before = placeForeign(node);
    const { path, sha256: found } = layOut(join(node.archives, archiveName(version)), bytes);
    const { sha256: wanted } = layOut(join(node.archives, 'sound.tgz'), soundRelease());

    const run = await runInstaller(node, ['--archive', path, '--sha256', wanted]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 4, code: 'digest-mismatch' });
    for (const fact of [path, wanted, found]) expect(run.report?.error?.message).toContain(fact);
    expect(snapshotOf(node.binDir)).toEqual(before);
  });

  it('of the one archive in a directory is told once, and not beside a name that nothing has', async () => {
    using node = createNode();
    const { path } = layOut(join(node.archives, version, archiveName(version)), tampered);
    const { sha256: wanted } = layOut(join(node.directory, 'sound.tgz'), soundRelease());

    const run = await runInstaller(node, ['--archive', node.archives, '--sha256', wanted]);

    const failure = refusalOf(run);
    expect(failure).toMatchObject({ exitStatus: 4, code: 'digest-mismatch' });
    expect(failure.message).toMatch(new RegExp(`^${path} is not the expected archive`));
    expect(run.stderr.split(wanted)).toHaveLength(2);
    expect(run.stderr).toContain('see whether the digest belongs to this version');
  });

  it('comes from the catalog when none is given, and refuses what upstream never published', async () => {
    using node = createNode();
    const { path } = layOutRelease(node.archives);

    const run = await runInstaller(node, ['--archive', path]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 4, code: 'digest-mismatch' });
    expect(existsSync(node.stateDir)).toBe(false);
  });

  it('is never guessed: a release of which none is known is status 4, before anything is asked for', async () => {
    using node = createNode();
    await using mirror = await serveDirectory(node.archives);

    const run = await runInstaller(node, ['--cni-version', 'v1.99.0', '--mirror', mirror.url]);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 4,
      code: 'no-digest-known',
      message: expect.stringContaining('v1.99.0'),
      hint: expect.stringContaining('--sha256'),
    });
    expect(mirror.asked).toEqual([]);
    expect(existsSync(node.stateDir)).toBe(false);
  });
});

describe('a sidecar', () => {
  it('is trusted when told so, and reported as integrity only', async () => {
    using node = createNode();
    const archive = layOutRelease(node.archives, 'v1.99.0');
    layOutSidecar(archive);

    const run = await runInstaller(node, ['--archive', archive.path, '--trust-sidecar']);

    expect(installed(run)).toBe(true);
    expect(run.report?.warnings).toEqual([expect.stringContaining('integrity')]);
  });

  it('is trusted from a mirror as from a directory', async () => {
    using node = createNode();
    layOutSidecar(layOut(join(node.archives, 'v1.99.0', archiveName('v1.99.0')), soundRelease()));
    await using mirror = await serveDirectory(node.archives);

    const run = await runInstaller(node, [
      '--mirror',
      mirror.url,
      '--cni-version',
      '1.99.0',
      '--trust-sidecar',
    ]);

    expect(installed(run)).toBe(true);
  });

  it.each<[what: string, hexOf: (own: string) => string, fileName: string, hint: string]>([
    ['has another digest', () => 'd'.repeat(64), archiveName('v1.99.0'), 'the sidecar beside it'],
    ['names another file', (own) => own, 'other.tgz', '--sha256'],
  ])('that %s is status 4', async (_what, hexOf, fileName, hint) => {
    using node = createNode();
    const archive = layOutRelease(node.archives, 'v1.99.0');
    layOutSidecar({ ...archive, sha256: hexOf(archive.sha256) }, fileName);

    const run = await runInstaller(node, ['--archive', archive.path, '--trust-sidecar']);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 4, hint: expect.stringContaining(hint) });
    expect(existsSync(node.stateDir)).toBe(false);
  });

  it('of no use is found out before the archive is asked for', async () => {
    using node = createNode();
    await using mirror = await serveBody('<!doctype html>');

    const run = await runInstaller(node, [
      '--mirror',
      mirror.url,
      '--cni-version',
      '1.99.0',
      '--trust-sidecar',
    ]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 4, code: 'sidecar-unusable' });
    expect(mirror.asked).toEqual([`/v1.99.0/${archiveName('v1.99.0')}.sha256`]);
  });

  it('that is absent with its archive is not what is told of', async () => {
    using node = createNode();
    const path = join(node.archives, archiveName('v1.99.0'));

    const run = await runInstaller(node, ['--archive', path, '--trust-sidecar']);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 3,
      message: `the archive ${path} is not there`,
      hint: expect.stringContaining('feature gate ImageVolume'),
    });
  });

  it('never overrules the digest that the operator gave', async () => {
    using node = createNode();
    const archive = layOutRelease(node.archives);
    layOutSidecar(archive);

    const run = await runInstaller(node, [
      '--archive',
      archive.path,
      '--trust-sidecar',
      '--sha256',
      'e'.repeat(64),
    ]);

    expect(refusalOf(run).exitStatus).toBe(4);
  });

  it('never overrules the catalog', async () => {
    using node = createNode();
    const archive = layOutRelease(node.archives);
    layOutSidecar(archive);

    const run = await runInstaller(node, ['--archive', archive.path, '--trust-sidecar']);

    expect(refusalOf(run).exitStatus).toBe(4);
  });
});

describe('mirrors', () => {
  it('serve the archive from a directory, by a file URL', async () => {
    using node = createNode();
    const { sha256 } = layOut(join(node.archives, version, archiveName(version)), soundRelease());

    const run = await runInstaller(node, ['--mirror', pathToFileURL(node.archives).href, '--sha256', sha256]);

    expect(installed(run)).toBe(true);
  });

  it("serve the archive over HTTP, by upstream's own path, asked once", async () => {
    using node = createNode();
    const { sha256 } = layOut(join(node.archives, version, archiveName(version)), soundRelease());
    await using mirror = await serveDirectory(node.archives);

    const run = await runInstaller(node, ['--mirror', mirror.url, '--sha256', sha256]);

    expect(installed(run)).toBe(true);
    expect(mirror.asked).toEqual([`/${version}/${archiveName(version)}`]);
    expect(existsSync(join(node.stateDir, 'downloads'))).toBe(false);
  });

  it('may be one after another: a dead one is passed over', async () => {
    using node = createNode();
    const { sha256 } = layOut(join(node.archives, version, archiveName(version)), soundRelease());
    await using mirror = await serveDirectory(node.archives);

    const run = await runInstaller(node, asking(sha256, await deadMirrorUrl(), mirror.url));

    expect(installed(run)).toBe(true);
  });

  it('that serve another archive are passed over, with a warning in the report', async () => {
    using node = createNode();
    const { sha256 } = layOut(join(node.archives, version, archiveName(version)), soundRelease());
    await using wrong = await serveBody(tampered);
    await using right = await serveDirectory(node.archives);

    const run = await runInstaller(node, asking(sha256, wrong.url, right.url));

    expect(installed(run)).toBe(true);
    expect(run.report?.warnings).toEqual([expect.stringContaining(wrong.url)]);
  });

  it('that all serve another archive are status 4, each named in the log', async () => {
    using node = createNode();
    const before = placeForeign(node);
    const { sha256 } = layOut(join(node.archives, 'sound.tgz'), soundRelease());
    await using one = await serveBody(tampered);
    await using two = await serveBody('<!doctype html>');

    const run = await runInstaller(node, asking(sha256, one.url, two.url));

    expect(run).toMatchObject({ exitStatus: 4, report: { error: { code: 'digest-mismatch' } } });
    expect(run.stderr).toContain(one.url);
    expect(run.stderr).toContain(two.url);
    expect(snapshotOf(node.binDir)).toEqual(before);
  });

  it('some dead and some mismatching are status 4', async () => {
    using node = createNode();
    await using wrong = await serveBody(tampered);

    const run = await runInstaller(node, asking(otherDigest, wrong.url, await deadMirrorUrl()));

    expect(refusalOf(run)).toMatchObject({ exitStatus: 4 });
  });

  it('that are dead are status 3, and leave nothing behind', async () => {
    using node = createNode();
    const dead = await deadMirrorUrl();

    const run = await runInstaller(node, ['--mirror', dead, '--sha256', otherDigest, '--retries', '0']);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 3, message: expect.stringContaining(dead) });
    expect(existsSync(node.stateDir)).toBe(false);
  });

  it('that do not have the archive are status 3, naming its URL and what the server said', async () => {
    using node = createNode();
    await using mirror = await serveDirectory(node.archives);

    const run = await runInstaller(node, asking(otherDigest, mirror.url));

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 3,
      message: expect.stringMatching(new RegExp(`${archiveName(version)}.*404`)),
    });
    expect(existsSync(node.stateDir)).toBe(false);
  });

  it('never show their password, neither in the log nor in the report', async () => {
    using node = createNode();
    const dead = (await deadMirrorUrl()).replace('//', '//me:secret@');

    const run = await runInstaller(node, [...asking(otherDigest, dead), '--log-level', 'debug']);

    expect(run.exitStatus).toBe(3);
    expect(`${run.stderr}${run.stdout}${JSON.stringify(run.report)}`).not.toContain('secret');
  });

  it('are not asked when --archive is given, even if the archive is not there', async () => {
    using node = createNode();
    const { path, sha256 } = layOut(join(node.archives, version, archiveName(version)), soundRelease());
    await using mirror = await serveDirectory(node.archives);
    const elsewhere = join(node.directory, 'moved.tgz');
    renameSync(path, elsewhere);

    const run = await runInstaller(node, ['--mirror', mirror.url, '--archive', path, '--sha256', sha256]);

    expect(refusalOf(run).exitStatus).toBe(3);
    expect(mirror.asked).toEqual([]);
  });
});
