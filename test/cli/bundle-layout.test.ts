// Promises about a bundle as an OCI image layout: what is pushed from it by a tool of the field, any node installs from.

import { execFileSync } from 'node:child_process';
import { appendFileSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { describeWhere, missingCommands } from '../support/needs.ts';
import { ownArch } from '../support/own-arch.ts';
import { startRegistry } from '../support/registry.ts';
import { standBefore } from '../support/registry-front.ts';
import { archiveName, layOut, type ReleaseArchive, soundRelease } from '../support/release-archives.ts';

const version = 'v1.9.1';
const platforms = [ownArch, ownArch === 'arm64' ? 'amd64' : 'arm64'] as const;

interface Laid {
  readonly directory: string;
  readonly run: Run;
  readonly archives: readonly ReleaseArchive[];
}

/** Two platforms of one release. */
async function layoutOn(node: TestNode, name = 'layout'): Promise<Laid> {
  const archives = platforms.map((arch, at) => {
    const file = archiveName(version).replace(ownArch, arch);
    return layOut(join(node.archives, version, file), soundRelease(at === 0 ? version : 'v1.9.0'));
  });
  const directory = join(node.directory, name);
  const digests = platforms.map((arch, at) => `${arch}=${archives[at]?.sha256}`).join(',');
  const wish = ['--versions', version, '--platforms', platforms.join(','), '--sha256', digests];
  const run = await runInstaller(node, [
    'bundle',
    '--mirror',
    `file://${node.archives}`,
    '--layout',
    'oci',
    '--directory',
    directory,
    ...wish,
    '--output',
    'json',
  ]);
  return { directory, run, archives };
}

function readJson(...path: string[]) {
  return JSON.parse(readFileSync(join(...path), 'utf8'));
}

function blobOf(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function filesIn(directory: string): Record<string, string> {
  const names = globSync('**', { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    names.map((name) => [name.slice(directory.length), readFileSync(name).toString('base64')]),
  );
}

it('has one artifact for the release, with each platform’s archive as a layer by upstream’s name', async () => {
  using node = createNode();

  const { directory, run, archives } = await layoutOn(node);

  expect(run).toMatchObject({ exitStatus: 0 });
  expect(readJson(directory, 'oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
  const { manifests } = readJson(directory, 'index.json');
  expect(manifests).toMatchObject([{ annotations: { 'org.opencontainers.image.ref.name': version } }]);
  const manifest = readJson(directory, blobOf(manifests[0].digest));
  expect(manifest).toMatchObject({
    artifactType: 'application/vnd.cni-plugins-installer.release.v1',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 },
    annotations: { 'org.opencontainers.image.version': version },
    layers: platforms.map((arch, at) => ({
      digest: `sha256:${archives[at]?.sha256}`,
      size: archives[at]?.bytes.length,
      annotations: {
        'org.opencontainers.image.title': archiveName(version).replace(ownArch, arch),
        'io.github.cni-plugins-installer.basis': 'given',
      },
    })),
  });
  for (const { digest } of [manifest.config, ...manifest.layers])
    expect(globSync(blobOf(digest), { cwd: directory })).toHaveLength(1);
});

it('is the same, bit for bit, when it is made again elsewhere', async () => {
  using node = createNode();
  const once = await layoutOn(node, 'once');
  const again = await layoutOn(node, 'again');

  expect(filesIn(again.directory)).toEqual(filesIn(once.directory));
  expect(Object.keys(filesIn(once.directory))).toHaveLength(6);
});

it.each([
  ['as it was made', undefined, { exitStatus: 0 }, 'skopeo copy'],
  ['with an archive that changed', 0, { exitStatus: 4 }, 'has the SHA-256'],
  ['with a manifest that changed', 'manifest', { exitStatus: 3 }, 'its content has changed'],
])('is checked: %s', async (_what, changed, end, said) => {
  using node = createNode();
  const { directory, archives } = await layoutOn(node);
  const { digest } = readJson(directory, 'index.json').manifests[0];
  const blob = changed === 0 ? `sha256:${archives[0]?.sha256}` : digest;
  if (changed !== undefined) appendFileSync(join(directory, blobOf(blob)), ' ');

  const run = await runInstaller(node, ['bundle', '--check', directory]);

  expect(run).toMatchObject(end);
  expect(run.stdout + run.stderr).toContain(said);
});

it('is checked for an archive that is missing', async () => {
  using node = createNode();
  const { directory, archives } = await layoutOn(node);
  rmSync(join(directory, blobOf(`sha256:${archives[1]?.sha256}`)));

  const run = await runInstaller(node, ['bundle', '--check', directory]);

  expect(run.exitStatus).toBe(4);
  expect(run.stderr).toContain(archives[1]?.sha256 ?? 'none');
});

describeWhere(missingCommands(['skopeo', 'docker-registry']), 'pushed by skopeo, it', () => {
  it('is what a node installs from, by digest and by tag', async () => {
    using node = createNode();
    const { directory, archives, run } = await layoutOn(node);
    const storage = mkdtempSync(join(tmpdir(), 'pushed-'));
    await using registry = await startRegistry({ storage });
    await using front = await standBefore(registry);
    const [, command = ''] =
      /(skopeo copy .*)/.exec((await runInstaller(node, ['bundle', '--check', directory])).stdout) ?? [];
    const words = command.replace('REGISTRY/REPOSITORY', `${registry.host}/site/cni`).split(' ').slice(2);

    execFileSync('skopeo', ['--insecure-policy', 'copy', '--dest-tls-verify=false', ...words]);

    expect(run.exitStatus).toBe(0);
    for (const digest of [`--sha256=${archives[0]?.sha256}`, `--sha512=${archives[0]?.sha512}`]) {
      using other = createNode();
      const mirror = ['--mirror', front.repository('site/cni'), '--cni-version', version];
      const { report } = await runInstaller(other, [...mirror, digest]);
      expect(report).toMatchObject({ outcome: 'installed', version });
    }
    const paths = front.seen.map(({ path }) => path.replace('/v2/site/cni/', ''));
    const blob = `blobs/sha256:${archives[0]?.sha256}`;
    expect(paths).toEqual([blob, `manifests/${version}`, blob]);
    rmSync(storage, { recursive: true, force: true });
  });
});
