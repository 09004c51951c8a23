// What all works of the bench share: an archive, a bundle, a server, and directories that stand for nodes.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from '../../image/launch.ts';
import { catalogThatKnows } from '../support/catalog.ts';
import type { ArchiveServer } from './archive-server.ts';
import type { Command } from './measured-run.ts';

export interface Scene {
  /** Holds everything that is written; gone at the end. */
  readonly scratch: string;
  readonly bundle: string;
  readonly archive: Archive;
  /** The same content by another digest, which only its operator vouches for. */
  readonly ownArchive: Archive;
  /** A few plugins of it. */
  readonly plugins: readonly string[];
  readonly server: ArchiveServer;
}

export interface Archive {
  readonly path: string;
  readonly sha256: string;
  readonly version: string;
  /** Where the server has its mirror; empty for the root. */
  readonly below?: string;
}

/** @throws Error for a file without the sidecar that names its digest. */
export function archiveAt(path: string): Archive {
  const [sha256 = ''] = readFileSync(`${path}.sha256`, 'utf8').split(' ');
  const version = /v\d+\.\d+\.\d+/.exec(path)?.[0] ?? 'v0.0.0';
  return { path, sha256, version };
}

/** A bin dir with nothing in it. */
export function freshBinDir(scene: Scene, name: string): string {
  const directory = join(scene.scratch, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  return directory;
}

export type Source = 'archive' | 'http' | 'https';

/** How the image starts the installer, its options of Node included; told everything by its environment. */
export function installer(scene: Scene, binDir: string, wish: Wish): Command {
  return {
    words: [process.execPath, scene.bundle],
    env: {
      PATH: process.env['PATH'] ?? '',
      ...imageEnvironment(),
      CNI_PLUGINS_BIN_DIR: binDir,
      CNI_PLUGINS_SHARE_MOUNTS: 'off',
      CNI_PLUGINS_TERMINATION_LOG: join(scene.scratch, 'termination-log'),
      CNI_PLUGINS: wish.plugins === 'all' ? 'all' : wish.plugins.join(','),
      CNI_PLUGINS_VERSION: scene.archive.version,
      ...(wish.archive && { CNI_PLUGINS_SHA256: wish.archive.sha256 }),
      ...sourceVariables(scene, wish),
    },
  };
}

export interface Wish {
  readonly from: Source;
  readonly plugins: readonly string[] | 'all';
  /** Another archive than the scene's, which the catalog does not know. */
  readonly archive?: Archive;
}

function imageEnvironment(): Record<string, string> {
  const pairs = launch.Env.map((line) => line.split(/=(.*)/s, 2)).filter(([name]) => name !== 'PATH');
  return Object.fromEntries(pairs) as Record<string, string>;
}

function sourceVariables(scene: Scene, wish: Wish): Record<string, string> {
  const { server } = scene;
  const { path, below = '' } = wish.archive ?? scene.archive;
  switch (wish.from) {
    case 'archive':
      return { CNI_PLUGINS_ARCHIVE: path };
    case 'http':
      return { CNI_PLUGINS_MIRRORS: server.httpUrl + below };
    case 'https':
      return { CNI_PLUGINS_MIRRORS: server.httpsUrl + below, CNI_PLUGINS_CA_FILE: server.caFile };
  }
}

export interface ShellWish extends Wish {
  readonly plugins: readonly string[];
}

/** The same job by the script that people would write. */
export function shell(scene: Scene, binDir: string, wish: ShellWish): Command {
  const { server } = scene;
  const archive = wish.archive ?? scene.archive;
  const sources = {
    archive: archive.path,
    http: `${server.httpUrl}/${served(archive)}`,
    https: `${server.httpsUrl}/${served(archive)}`,
  };
  const words = [sources[wish.from], archive.sha256, binDir, ...wish.plugins];
  return {
    words: [join(import.meta.dirname, 'shell-install.sh'), ...words],
    env: { PATH: process.env['PATH'] ?? '', CA_FILE: server.caFile },
  };
}

/** Where the server has it. */
export function served({ version, path, below = '' }: Archive): string {
  return `${below}/${version}/${path.split('/').at(-1)}`.slice(1);
}

export const bareNode: Command = { words: [process.execPath, '-e', '0'], env: {} };

/** The installer, with a catalog that knows the archive, as it knows upstream's. */
export function buildBundle(directory: string, archive: Archive): string {
  const catalog = `${directory}-catalog.json`;
  writeFileSync(catalog, JSON.stringify(catalogThatKnows(archive)));
  execFileSync(process.execPath, ['src/dev/ship/bundle.ts', directory, catalog], { stdio: 'pipe' });
  return join(directory, 'cni-plugins-installer.js');
}
