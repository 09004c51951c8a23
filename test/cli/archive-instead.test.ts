// Promises about an archive that is another one, or not there: what came or stands instead is told, and whose digest was given.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type Refusal, refusalOf, runInstaller, type TestNode } from '../support/installer.ts';
import { serve } from '../support/mirror.ts';
import { ownArch } from '../support/own-arch.ts';
import { archiveName, layOut, layOutRelease, soundRelease } from '../support/release-archives.ts';

const version = 'v1.9.1';
const otherArch = ownArch === 'amd64' ? 'arm64' : 'amd64';
const someDigest = 'f'.repeat(64);

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a run says that is served this, whatever it asks for. */
async function servedInstead(body: Buffer | string, type: string, digest = someDigest): Promise<Refusal> {
  using node = createNode();
  await using mirror = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  const asking = ['--mirror', mirror.url, '--retries', '0', '--sha256', digest];
  return refusalOf(await runInstaller(node, asking));
}

/** What a run says that looks for a release in this directory. */
async function lookedFor(node: TestNode, directory: string): Promise<Refusal> {
  const words = ['--archive', directory, '--cni-version', version, '--sha256', someDigest];
  return refusalOf(await runInstaller(node, words));
}

function place(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'an archive');
}

describe('a mirror that answers with something else', () => {
  const apology = `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"${'x'.repeat(52)}"}]}`;

  it("is told by its size, its type and its first bytes: a registry's error", async () => {
    expect(apology).toHaveLength(105);

    const refusal = await servedInstead(apology, 'application/json; charset=utf-8');

    expect(refusal).toMatchObject({ exitStatus: 4, code: 'digest-mismatch' });
    expect(refusal.message).toContain(
      'it has 105 bytes of application/json and begins with {"errors":[{"code":"MANIFEST_UNKNOWN"',
    );
    expect(refusal.hint).toContain('what answers there');
  });

  it('is told in printable words, on one line, whatever the bytes are', async () => {
    const { message } = await servedInstead(
      Buffer.from('<!doctype\r\n\u001b[31m html>\u0000\u202e<title>Sign in'),
      'text/html',
    );

    expect(message).toMatch(/begins with <!doctype ·\[31m html>·<title>Sign in$/);
  });

  it('is told by its size alone where it is an archive', async () => {
    const { message } = await servedInstead(soundRelease('v1.8.0'), 'application/gzip');

    expect(message).toMatch(/; it has \d+(\.\d+ MB| bytes) of application\/gzip$/);
  });

  it('says so in the summary too, which has no room for digests', async () => {
    using node = createNode();
    await using mirror = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>');
    });

    const run = await runInstaller(node, ['--mirror', mirror.url, '--retries', '0', '--sha256', someDigest]);

    expect(run.report?.summary).toContain('it has 19 bytes of text/html and begins with <html>log in</html>');
    expect(run.report?.summary).not.toContain(someDigest);
  });
});

describe('a digest that is of something else', () => {
  const name = archiveName(version);
  const own = sha256(soundRelease(version));

  it.each([
    ["the sidecar's own", `${own}  ${name}\n`],
    ["the sidecar's own, as shasum -b writes it", `${own} *${name}\n`],
    ["the sidecar's own, of a bare digest", own],
  ])('is recognised: %s', async (_what, text) => {
    const refusal = await servedInstead(soundRelease(version), 'application/gzip', sha256(text));

    expect(refusal).toMatchObject({ exitStatus: 4, code: 'digest-mismatch' });
    expect(refusal.hint).toContain(`the digest given is that of ${name}.sha256 itself`);
  });

  it("is recognised: that of upstream's other file beside the archive", async () => {
    const sha512 = createHash('sha512').update(soundRelease(version)).digest('hex');

    const refusal = await servedInstead(
      soundRelease(version),
      'application/gzip',
      sha256(`${sha512}  ${name}\n`),
    );

    expect(refusal.hint).toContain(`${name}.sha512 itself`);
  });

  it('is recognised: that of another release, by the catalog', async () => {
    const records = JSON.parse(readFileSync('src/release/catalog.json', 'utf8')) as {
      releases: Record<string, { digests?: Record<string, { sha256?: Record<string, string> }> }>;
    };
    const [hex = ''] = Object.keys(records.releases['v1.6.2']?.digests?.[otherArch]?.sha256 ?? {});

    const refusal = await servedInstead(soundRelease(version), 'application/gzip', hex);

    expect(refusal.hint).toContain(
      `the digest given is that of the archive of v1.6.2 for linux/${otherArch}`,
    );
  });

  it('is recognised: that of nothing', async () => {
    const refusal = await servedInstead(soundRelease(version), 'application/gzip', sha256(''));

    expect(refusal.hint).toContain('the digest given is that of an empty file');
  });
});

describe('a directory without the archive', () => {
  it('of another architecture says what it holds, and what the node is', async () => {
    using node = createNode();
    const other = `cni-plugins-linux-${otherArch}-${version}.tgz`;
    place(join(node.archives, other));

    const refusal = await lookedFor(node, node.archives);

    expect(refusal).toMatchObject({ exitStatus: 3, code: 'archive-unavailable' });
    expect(refusal.message).toBe(
      `${node.archives} has no ${archiveName(version)}: it holds ${other}, this node is ${ownArch}`,
    );
  });

  it('of another release says what it holds, and how to ask for that', async () => {
    using node = createNode();
    place(join(node.archives, 'v1.8.0', archiveName('v1.8.0')));

    const refusal = await lookedFor(node, node.archives);

    expect(refusal.message).toContain(`it holds v1.8.0/${archiveName('v1.8.0')}, wanted is ${version}`);
    expect(refusal.hint).toContain('--cni-version');
  });

  it.each([
    ['that is empty', [], 'it is empty'],
    ['with other things', ['b.txt', 'a.txt'], 'it holds no archive of the plugins, but a.txt, b.txt'],
    ['with many things', ['a', 'b', 'c', 'd', 'e', 'f'], 'but a, b, c, d and 2 more'],
  ])('%s says so', async (_what, names, words) => {
    using node = createNode();
    for (const name of names) place(join(node.archives, name));

    expect((await lookedFor(node, node.archives)).message).toContain(words);
  });

  it('keeps a node as it is where an earlier set stands', async () => {
    using node = createNode();
    const { path, sha256: digest } = layOutRelease(join(node.directory, 'elsewhere'), 'v1.8.0');
    await runInstaller(node, ['--archive', path, '--sha256', digest]);

    const run = await runInstaller(node, [
      '--archive',
      node.archives,
      '--cni-version',
      version,
      '--sha256',
      someDigest,
    ]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'degraded', version: 'v1.8.0' } });
    expect(run.report?.summary).toContain('it is empty');
  });

  const bundled = '/usr/share/cni-plugins-installer/archives';

  it.skipIf(existsSync(bundled))('is our image, which is not the -bundled variant', async () => {
    using node = createNode();

    const refusal = await lookedFor(node, bundled);

    expect(refusal).toMatchObject({ exitStatus: 3, code: 'archive-unavailable' });
    expect(refusal.message).toContain('this image is not the -bundled variant');
    expect(refusal.hint).toContain('-bundled');
  });
});

it('a tarball that is there, but another one, is told by what it is', async () => {
  using node = createNode();
  const { path } = layOut(
    join(node.archives, archiveName(version)),
    Buffer.from('version https://git-lfs.github.com/spec/v1\n'),
  );

  const refusal = refusalOf(await runInstaller(node, ['--archive', path, '--sha256', someDigest]));

  expect(refusal.message).toContain(
    'it has 43 bytes and begins with version https://git-lfs.github.com/spec/v1',
  );
  expect(refusal.hint).toContain('a file that is only a pointer');
});
