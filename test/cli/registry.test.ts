// Promises about a container registry as a mirror, kept by Debian's docker-registry: what is asked, and what is made of it.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNode, refusalOf, runInstaller } from '../support/installer.ts';
import { serveDirectory } from '../support/mirror.ts';
import { describeWhere, missingCommands } from '../support/needs.ts';
import { digestOf, Push, startRegistry } from '../support/registry.ts';
import type { Front } from '../support/registry-front.ts';
import {
  archive,
  blobPath,
  byDigest,
  dataPath,
  expectInstalled,
  filledStorage,
  openSite,
  removeStorage,
  version,
} from '../support/registry-site.ts';
import { archiveName, layOut } from '../support/release-archives.ts';
import { createAuthority } from '../transport/certificates.ts';
import { startProxy } from '../transport/recording-proxy.ts';

const needed = missingCommands(['docker-registry', 'openssl']);

let storage = '';

beforeAll(async () => {
  if (needed === undefined) storage = await filledStorage();
});

afterAll(() => removeStorage(storage));

function pathsOf({ seen }: Front): string[] {
  return seen.map(({ path }) => path);
}

describeWhere(needed, 'a registry', () => {
  it('is asked once, for the blob that the expected digest names', async () => {
    await using site = await openSite({ storage });

    expectInstalled(await site.install(...byDigest));
    expect(pathsOf(site.front)).toEqual([blobPath]);

    expect((await site.install(...byDigest)).report).toMatchObject({ outcome: 'unchanged' });
    expect(site.front.seen).toHaveLength(1);
  });

  it('needs no tag where the digest is known', async () => {
    await using site = await openSite({ storage });

    expectInstalled(await site.install('--mirror', site.front.repository('site/untagged'), ...byDigest));
    expect(site.front.seen).toHaveLength(1);
  });

  it.each([
    ['an image', 'site/cni', 2],
    ['an index', 'site/index', 3],
    ['an index by docker’s names', 'site/docker-list', 3],
  ])('is asked by tag where only a SHA-512 is known: %s', async (_what, repository, requests) => {
    await using site = await openSite({ storage });
    const { sha512 } = layOut(join(site.node.archives, 'copy.tgz'), archive);

    expectInstalled(await site.install('--mirror', site.front.repository(repository), '--sha512', sha512));
    expect(site.front.seen).toHaveLength(requests);
  });

  it('may have an artifact under the tag, which Debian’s registry does not take and others do', async () => {
    const descriptor = {
      digest: digestOf(archive),
      size: archive.length,
      annotations: { 'org.opencontainers.image.title': archiveName(version) },
    };
    const mischief = ({ url }: IncomingMessage, response: ServerResponse): true | undefined => {
      if (!url?.includes('/manifests/')) return undefined;
      response.setHeader('content-type', 'application/vnd.oci.artifact.manifest.v1+json');
      response.end(JSON.stringify({ artifactType: 'application/x-cni', blobs: [descriptor] }));
      return true;
    };
    await using site = await openSite({ storage }, { mischief });
    const { sha512 } = layOut(join(site.node.archives, 'copy.tgz'), archive);

    expectInstalled(
      await site.install('--mirror', site.front.repository('site/untagged'), '--sha512', sha512),
    );
    expect(site.front.seen).toHaveLength(2);
  });

  it('has in its manifest what is a sidecar elsewhere', async () => {
    await using site = await openSite({ storage });
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
    await using site = await openSite({ storage });

    const run = await site.install('--mirror', site.front.repository(repository), ...byDigest);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 3,
      code: 'not-found',
      message: expect.stringContaining(said),
      hint: expect.stringContaining(archiveName(version)),
    });
  });

  it('that has another archive under the tag is status 4, and that archive does not come', async () => {
    await using site = await openSite({ storage });

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
    await using site = await openSite({ storage: copy });

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
    await using site = await openSite({ storage }, { cutAt: 100_000 });

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
    await using site = await openSite({ storage }, { mischief });

    expectInstalled(await site.install(...byDigest));
    expect(site.front.seen).toHaveLength(2);
  });

  it('is reached through the proxy of the environment', async () => {
    await using site = await openSite({ storage });
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
