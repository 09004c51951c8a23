// Promises about a container registry as a mirror, kept by Debian's docker-registry: by digest, by tag, with credentials.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { account, tokenHash } from '../repository/ghcr.ts';
import { createNode, refusalOf, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { serve, serveDirectory } from '../support/mirror.ts';
import { describeWhere, missingCommands } from '../support/needs.ts';
import { ownArch } from '../support/own-arch.ts';
import { digestOf, Push, type Registry, startRegistry } from '../support/registry.ts';
import { type Front, standBefore } from '../support/registry-front.ts';
import { archiveName, layOut, soundRelease } from '../support/release-archives.ts';
import { startTokenService } from '../support/token-service.ts';
import { createAuthority } from '../transport/certificates.ts';
import { startProxy } from '../transport/recording-proxy.ts';

const version = 'v1.9.1';
const archive = soundRelease();
const sha256 = digestOf(archive).slice('sha256:'.length);
const byDigest = ['--sha256', sha256];
const blobPath = `/v2/site/cni/blobs/sha256:${sha256}`;
const dataPath = `docker/registry/v2/blobs/sha256/${sha256.slice(0, 2)}/${sha256}/data`;
/** Words that nobody may ever read in a log or a report. */
const secrets = ['a-token', btoa(`${account.user}:${account.token}`), 'refresh-me'];

let storage = '';

/** The archive is in every repository; only what leads to it differs. */
async function fill(registry: Registry): Promise<void> {
  const name = archiveName(version);
  await new Push(registry, 'site/cni').image(
    { 'README.md': Buffer.from('read me'), [name]: archive },
    version,
  );
  const site = new Push(registry, 'site/index');
  const ours = await site.image({ [name]: archive });
  const others = await site.image({ 'another-file': Buffer.from('of another platform') });
  const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } });
  await site.index(
    [
      { ...others, ...platform('s390y') },
      { ...ours, ...platform(ownArch) },
    ],
    version,
  );
  await new Push(registry, 'site/others').image({ 'cni-plugins-linux-none.tgz': Buffer.from('x') }, version);
  await new Push(registry, 'site/tampered').image({ [name]: soundRelease('v1.8.0') }, version);
  await new Push(registry, 'site/untagged').blob(archive);
}

beforeAll(async () => {
  storage = mkdtempSync(join(tmpdir(), 'registry-storage-'));
  await using registry = await startRegistry({ storage });
  await fill(registry);
});

afterAll(() => rmSync(storage, { recursive: true, force: true }));

interface Site extends AsyncDisposable {
  readonly node: TestNode;
  readonly front: Front;
  readonly install: (...words: readonly string[]) => Promise<Run>;
}

/** A node and a registry, and between them what sees all requests. */
async function openSite(
  auth?: object,
  before: Parameters<typeof standBefore>[1] = {},
  nature: { storage?: string; blobsAt?: string } = {},
): Promise<Site> {
  const node = createNode();
  const registry = await startRegistry({ storage, ...nature, ...(auth && { auth }) });
  const front = await standBefore(registry, before);
  const words = ['--mirror', front.repository('site/cni'), '--cni-version', version, '--retries', '2'];
  return {
    node,
    front,
    install: (...more) =>
      runInstaller(node, [...(more.includes('--mirror') ? words.slice(2) : words), ...more]),
    [Symbol.asyncDispose]: async () => {
      await front[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      node[Symbol.dispose]();
    },
  };
}

function htpasswd(directory: string): object {
  const path = join(directory, 'htpasswd');
  writeFileSync(path, `${account.user}:${tokenHash}\n`);
  return { htpasswd: { realm: 'site', path } };
}

/** Words that give the credentials, by host as docker writes it. */
function authFile({ node, front }: Site, auth: object, key = new URL(front.url).host): string[] {
  const path = join(node.directory, 'config.json');
  writeFileSync(path, JSON.stringify({ auths: { [key]: auth } }));
  return ['--registry-auth', path];
}

const rightAuth = { auth: btoa(`${account.user}:${account.token}`) };

function expectInstalled(run: Run): void {
  expect(run.report ?? run.stderr).toMatchObject({ outcome: 'installed', version });
  expectNothingSaid(run);
}

function expectNothingSaid({ stderr, report }: Run): void {
  for (const secret of secrets) expect(stderr + JSON.stringify(report)).not.toContain(secret);
}

function pathsOf({ seen }: Front): string[] {
  return seen.map(({ path }) => path);
}

describeWhere(missingCommands(['docker-registry', 'openssl']), 'a registry', () => {
  it('is asked once, for the blob that the expected digest names', async () => {
    await using site = await openSite();

    expectInstalled(await site.install(...byDigest));
    expect(pathsOf(site.front)).toEqual([blobPath]);

    expect((await site.install(...byDigest)).report).toMatchObject({ outcome: 'unchanged' });
    expect(site.front.seen).toHaveLength(1);
  });

  it('needs no tag where the digest is known', async () => {
    await using site = await openSite();

    expectInstalled(await site.install('--mirror', site.front.repository('site/untagged'), ...byDigest));
    expect(site.front.seen).toHaveLength(1);
  });

  it.each([
    ['an image', 'site/cni', 2],
    ['an index', 'site/index', 3],
  ])('is asked by tag where only a SHA-512 is known: %s', async (_what, repository, requests) => {
    await using site = await openSite();
    const { sha512 } = layOut(join(site.node.archives, 'copy.tgz'), archive);

    expectInstalled(await site.install('--mirror', site.front.repository(repository), '--sha512', sha512));
    expect(site.front.seen).toHaveLength(requests);
  });

  it('has in its manifest what is a sidecar elsewhere', async () => {
    await using site = await openSite();
    await using open = await startRegistry({ storage });
    const name = archiveName('v1.99.0');
    await new Push(open, 'site/cni').image({ [name]: archive }, 'v1.99.0');

    const run = await runInstaller(site.node, [
      '--mirror',
      site.front.repository('site/cni'),
      '--cni-version',
      'v1.99.0',
      '--trust-sidecar',
    ]);

    expect(run.report).toMatchObject({ outcome: 'installed', version: 'v1.99.0' });
    expect(run.report?.warnings).toContainEqual(expect.stringContaining('integrity'));
  });

  it.each([
    ['another repository', 'site/nothing', 'is not there'],
    ['a tag without our platform', 'site/others', 'cni-plugins-linux-none.tgz'],
  ])('that has %s is status 3, with what to push', async (_what, repository, said) => {
    await using site = await openSite();

    const run = await site.install('--mirror', site.front.repository(repository), ...byDigest);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 3,
      code: 'not-found',
      message: expect.stringContaining(said),
      hint: expect.stringContaining(archiveName(version)),
    });
  });

  it('that has another archive under the tag is status 4, and that archive does not come', async () => {
    await using site = await openSite();

    const run = await site.install('--mirror', site.front.repository('site/tampered'), ...byDigest);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 4, code: 'digest-mismatch' });
    expect(pathsOf(site.front).filter((path) => path.includes('/blobs/'))).toHaveLength(1);
  });

  it('whose blob was altered on its disk is passed over for the next mirror, with a warning', async () => {
    using directory = createNode();
    const copy = join(directory.directory, 'storage');
    cpSync(storage, copy, { recursive: true });
    const bytes = readFileSync(join(copy, dataPath));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
    writeFileSync(join(copy, dataPath), bytes);
    await using site = await openSite(undefined, {}, { storage: copy });

    const alone = await site.install(...byDigest);
    expect(refusalOf(alone)).toMatchObject({ exitStatus: 4, code: 'digest-mismatch' });

    layOut(join(site.node.archives, version, archiveName(version)), archive);
    await using next = await serveDirectory(site.node.archives);
    const mirrors = `${site.front.repository('site/cni')},${next.url}`;
    const both = await site.install('--mirror', mirrors, ...byDigest);
    expectInstalled(both);
    expect(both.report?.warnings).toEqual([expect.stringContaining('site/cni')]);
  });

  it('that is cut in the middle is continued there', async () => {
    await using site = await openSite(undefined, { cutAt: 100_000 });

    expectInstalled(await site.install(...byDigest));
    expect(site.front.seen.map(({ range }) => range)).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d+-$/),
    ]);
  });

  it('that has too much to do is asked again when it says', async () => {
    let refused = 0;
    const mischief = (_request: unknown, response: ServerResponse): true | undefined => {
      if (refused > 0) return undefined;
      refused += 1;
      response.writeHead(429, { 'retry-after': '0' }).end();
      return true;
    };
    await using site = await openSite(undefined, { mischief });

    expectInstalled(await site.install(...byDigest));
    expect(site.front.seen).toHaveLength(2);
  });

  it('is reached through the proxy of the environment', async () => {
    await using site = await openSite();
    const proxy = await startProxy();

    const run = await runInstaller(
      site.node,
      ['--mirror', site.front.repository('site/cni'), '--cni-version', version, ...byDigest],
      { env: { HTTP_PROXY: proxy.url } },
    );
    await proxy.close();

    expectInstalled(run);
    expect(proxy.seen.map(({ target }) => new URL(target).pathname)).toEqual([blobPath]);
  });

  it('has TLS by oci://, also of an authority of our own, and is refused without it', async () => {
    using node = createNode();
    const authority = createAuthority();
    await using registry = await startRegistry({ storage, identity: authority.issue() });
    authority.remove();
    const ca = join(node.directory, 'ca.pem');
    writeFileSync(ca, authority.pem);
    const words = ['--mirror', `oci://${registry.host}/site/cni`, '--cni-version', version, ...byDigest];

    const unknown = await runInstaller(node, [...words, '--retries', '0']);
    expect(refusalOf(unknown)).toMatchObject({ exitStatus: 3, code: 'tls-unknown-authority' });

    expectInstalled(await runInstaller(node, [...words, '--ca-file', ca]));
  });
});

describeWhere(missingCommands(['docker-registry', 'openssl']), 'a registry that wants credentials', () => {
  it.each([
    ['auth', rightAuth, undefined],
    ['username and password', { username: account.user, password: account.token }, undefined],
    ['a key with a path', rightAuth, '/site'],
  ])('is shown them by Basic when it asks: %s', async (_what, auth, below) => {
    using scratch = createNode();
    await using site = await openSite(htpasswd(scratch.directory));
    const key = new URL(site.front.url).host + (below ?? '');

    expectInstalled(await site.install(...byDigest, ...authFile(site, auth, key)));
    expect(site.front.seen.map(({ authorization }) => authorization)).toEqual([
      undefined,
      `Basic ${rightAuth.auth}`,
    ]);
  });

  it('takes those of the URL too', async () => {
    using scratch = createNode();
    await using site = await openSite(htpasswd(scratch.directory));
    const pair = `${account.user}:${account.token}@`;

    const mirror = site.front.repository('site/cni').replace('://', `://${pair}`);
    expectInstalled(await site.install('--mirror', mirror, ...byDigest));
    expect(site.front.seen.at(-1)?.authorization).toBe(`Basic ${rightAuth.auth}`);
  });

  it.each([
    ['wrong ones', { auth: btoa('releaser:wrong') }, 2, 'are right'],
    ['none', undefined, 1, '--registry-auth'],
    ['those of another host', 'other', 1, 'add an entry for 127.0.0.1'],
  ])('and is given %s is status 3, and not asked again and again', async (_what, auth, requests, hint) => {
    using scratch = createNode();
    await using site = await openSite(htpasswd(scratch.directory));
    const file =
      auth === undefined
        ? []
        : auth === 'other'
          ? authFile(site, rightAuth, '127.0.0.1:1')
          : authFile(site, auth as object);

    const run = await site.install(...byDigest, ...file);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 3,
      code: 'unauthorized',
      hint: expect.stringContaining(hint),
    });
    expect(site.front.seen).toHaveLength(requests);
    expectNothingSaid(run);
  });

  it('keeps them from the storage that its blobs are redirected to', async () => {
    using scratch = createNode();
    const seen: (string | undefined)[] = [];
    await using blobs = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end(readFileSync(join(storage, request.url ?? '')));
    });
    await using site = await openSite(htpasswd(scratch.directory), {}, { blobsAt: blobs.url });

    expectInstalled(await site.install(...byDigest, ...authFile(site, rightAuth)));
    expect(seen).toEqual([undefined]);
  });

  it.each([
    ['a password', rightAuth, undefined],
    ['an identity token', { identitytoken: 'refresh-me' }, undefined],
    ['nothing, where anybody may pull', undefined, 'anyone'],
  ])('and has a token service gets a token from it for %s', async (_what, auth, anyone) => {
    using scratch = createNode();
    await using tokens = await startTokenService({
      admits: (pair) =>
        pair === `${account.user}:${account.token}` || (anyone !== undefined && pair === undefined),
      refreshToken: 'refresh-me',
    });
    const certificate = join(scratch.directory, 'tokens.pem');
    writeFileSync(certificate, tokens.certificate);
    await using site = await openSite(tokens.authWith(certificate));
    const { sha512 } = layOut(join(site.node.archives, 'copy.tgz'), archive);

    const file = auth === undefined ? [] : authFile(site, auth);
    expectInstalled(await site.install('--sha512', sha512, ...file));

    // For manifest and blob, one token, and it is for reading alone.
    expect(tokens.asked).toHaveLength(1);
    expect(site.front.seen.map(({ authorization }) => authorization?.slice(0, 7))).toEqual([
      undefined,
      'Bearer ',
      'Bearer ',
    ]);
  });

  it('has a token service that refuses once: status 3', async () => {
    using scratch = createNode();
    await using tokens = await startTokenService({ admits: () => false });
    const certificate = join(scratch.directory, 'tokens.pem');
    writeFileSync(certificate, tokens.certificate);
    await using site = await openSite(tokens.authWith(certificate));

    const run = await site.install(...byDigest, ...authFile(site, rightAuth));

    expect(refusalOf(run)).toMatchObject({ exitStatus: 3, code: 'unauthorized' });
    expect(tokens.asked).toEqual([
      expect.stringContaining(`scope=${encodeURIComponent('repository:site/cni:pull')}`),
    ]);
    expectNothingSaid(run);
  });

  it.each([
    ['that is not there', undefined, 'registry-auth-unreadable'],
    ['that is no config.json', 'a-token', 'registry-auth-invalid'],
  ])('is not asked with a file %s: status 2', async (_what, content, code) => {
    await using site = await openSite();
    const path = join(site.node.directory, 'config.json');
    if (content !== undefined) writeFileSync(path, content);

    const run = await site.install(...byDigest, '--registry-auth', path);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 2, code });
    expect(site.front.seen).toEqual([]);
    expectNothingSaid(run);
  });
});
