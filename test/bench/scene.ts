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
  /** A few plugins of it. */
  readonly plugins: readonly string[];
  readonly server: ArchiveServer;
}

export interface Archive {
  readonly path: string;
  readonly sha256: string;
  readonly version: string;
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
  /** Another archive than the scene's; a local one, which the catalog does not know. */
  readonly archive?: Archive;
}

function imageEnvironment(): Record<string, string> {
  const pairs = launch.Env.map((line) => line.split(/=(.*)/s, 2)).filter(([name]) => name !== 'PATH');
  return Object.fromEntries(pairs) as Record<string, string>;
}

function sourceVariables({ archive, server }: Scene, wish: Wish): Record<string, string> {
  switch (wish.from) {
    case 'archive':
      return { CNI_PLUGINS_ARCHIVE: (wish.archive ?? archive).path };
    case 'http':
      return { CNI_PLUGINS_MIRRORS: server.httpUrl };
    case 'https':
      return { CNI_PLUGINS_MIRRORS: server.httpsUrl, CNI_PLUGINS_CA_FILE: server.caFile };
  }
}

/** The same job by the script that people would write. */
export function shell({ archive, plugins, server }: Scene, binDir: string, from: Source): Command {
  const sources = {
    archive: archive.path,
    http: `${server.httpUrl}/${served(archive)}`,
    https: `${server.httpsUrl}/${served(archive)}`,
  };
  return {
    words: [join(import.meta.dirname, 'shell-install.sh'), sources[from], archive.sha256, binDir, ...plugins],
    env: { PATH: process.env['PATH'] ?? '', CA_FILE: server.caFile },
  };
}

/** Where a mirror has it, below its base URL. */
export function served({ version, path }: Archive): string {
  return `${version}/${path.split('/').at(-1)}`;
}

export const bareNode: Command = { words: [process.execPath, '-e', '0'], env: {} };

/** The installer, with a catalog that knows the archive, as it knows upstream's. */
export function buildBundle(directory: string, archive: Archive): string {
  const catalog = `${directory}-catalog.json`;
  writeFileSync(catalog, JSON.stringify(catalogThatKnows(archive)));
  execFileSync(process.execPath, ['src/dev/ship/bundle.ts', directory, catalog], { stdio: 'pipe' });
  return join(directory, 'cni-plugins-installer.js');
}
