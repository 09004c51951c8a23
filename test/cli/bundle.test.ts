// Promises about the bundle: what a connected machine fetches is what any node can install from, and can be checked.

import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { serveDirectory } from '../support/mirror.ts';
import { ownArch } from '../support/own-arch.ts';
import {
  archiveName,
  layOut,
  layOutRelease,
  type ReleaseArchive,
  soundRelease,
} from '../support/release-archives.ts';

const version = 'v1.9.1';

interface Bundle {
  readonly directory: string;
  readonly release: ReleaseArchive;
  readonly run: Run;
}

async function bundleOn(node: TestNode, ...more: string[]): Promise<Bundle> {
  const release = layOutRelease(node.archives);
  const directory = join(node.directory, 'bundle');
  const wish = ['--versions', version, '--platforms', ownArch, '--sha256', release.sha256];
  const run = await runInstaller(node, [
    'bundle',
    '--directory',
    directory,
    '--archive',
    node.archives,
    ...wish,
    ...more,
  ]);
  return { directory, release, run };
}

describe('a bundle', () => {
  it('has the archive by upstream’s layout, its sidecars, and a manifest', async () => {
    using node = createNode();

    const { directory, release, run } = await bundleOn(node, '--output', 'json');

    expect(run.exitStatus).toBe(0);
    const path = `${version}/${archiveName(version)}`;
    expect(JSON.parse(run.stdout)).toMatchObject({
      schema: 1,
      archives: [{ version, arch: ownArch, path, sha256: release.sha256 }],
    });
    expect(readFileSync(join(directory, path))).toEqual(readFileSync(release.path));
    expect(readFileSync(join(directory, `${path}.sha256`), 'utf8')).toBe(
      `${release.sha256}  ${archiveName(version)}\n`,
    );
    expect(existsSync(join(directory, `${path}.sha512`))).toBe(true);
  });

  it('of several platforms has each recognised by its own digest', async () => {
    using node = createNode();
    const contents = ['v1.9.1', 'v1.9.0'].map((inside) => soundRelease(inside));
    const [amd64, arm64] = contents.map((bytes, at) => {
      const name = archiveName(version).replace(ownArch, ['amd64', 'arm64'][at] ?? '');
      return layOut(join(node.archives, version, name), bytes);
    });
    const directory = join(node.directory, 'bundle');
    const digests = `amd64=${amd64?.sha256},arm64=${arm64?.sha256}`;

    const wish = ['--versions', version, '--sha256', digests, '--mirror', `file://${node.archives}`];
    const run = await runInstaller(node, ['bundle', '--directory', directory, ...wish, '--output', 'json']);

    expect(run).toMatchObject({ exitStatus: 0 });
    expect(JSON.parse(run.stdout)).toMatchObject({
      archives: [
        { arch: 'amd64', sha256: amd64?.sha256 },
        { arch: 'arm64', sha256: arm64?.sha256 },
      ],
    });
  });

  it('is taken by --archive as it is', async () => {
    using node = createNode();
    const { directory, release } = await bundleOn(node);

    const run = await runInstaller(node, ['--archive', directory, '--sha256', release.sha256]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
  });

  it('is taken by --mirror from any static server, with its sidecar', async () => {
    using node = createNode();
    const { directory } = await bundleOn(node);
    await using mirror = await serveDirectory(directory);

    const run = await runInstaller(node, [
      '--mirror',
      mirror.url,
      '--cni-version',
      version,
      '--sha256',
      readFileSync(join(directory, version, `${archiveName(version)}.sha256`), 'utf8').slice(0, 64),
    ]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
  });

  it('is not made from an archive with another digest', async () => {
    using node = createNode();
    layOutRelease(node.archives);
    const directory = join(node.directory, 'bundle');

    const run = await runInstaller(node, [
      'bundle',
      '--directory',
      directory,
      '--archive',
      node.archives,
      '--versions',
      version,
      '--platforms',
      ownArch,
      '--sha256',
      '0'.repeat(64),
    ]);

    expect(run.exitStatus).toBe(4);
    expect(existsSync(join(directory, 'manifest.json'))).toBe(false);
  });

  it('needs to know where to', async () => {
    using node = createNode();

    expect(await runInstaller(node, ['bundle'])).toMatchObject({ exitStatus: 2 });
  });
});

describe('bundle --check', () => {
  it('passes a bundle as it was made', async () => {
    using node = createNode();
    const { directory } = await bundleOn(node);

    expect(await runInstaller(node, ['bundle', '--check', directory])).toMatchObject({ exitStatus: 0 });
  });

  it('names an archive that has changed', async () => {
    using node = createNode();
    const { directory } = await bundleOn(node);
    appendFileSync(join(directory, version, archiveName(version)), 'x');

    const run = await runInstaller(node, ['bundle', '--check', directory]);

    expect(run.exitStatus).toBe(4);
    expect(run.stderr).toContain(archiveName(version));
  });

  it('names an archive that is missing', async () => {
    using node = createNode();
    const { directory } = await bundleOn(node);
    rmSync(join(directory, version, archiveName(version)));

    const run = await runInstaller(node, ['bundle', '--check', directory]);

    expect(run.exitStatus).toBe(4);
    expect(run.stderr).toContain('ENOENT');
  });

  it('refuses a directory that is no bundle', async () => {
    using node = createNode();

    const run = await runInstaller(node, ['bundle', '--check', node.archives]);

    expect(run.exitStatus).toBe(3);
    expect(run.stderr).toContain('manifest.json');
  });
});
