// Sets the scene of the bench, and clears it away.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { serveArchives } from './archive-server.ts';
import { type Archive, archiveAt, buildBundle, type Scene, served } from './scene.ts';

/** Six of the default plugins. */
const somePlugins = ['bridge', 'host-device', 'host-local', 'ipvlan', 'loopback', 'macvlan'];

export interface StageOptions {
  /** Else one of real plugins, made where there is none. */
  readonly archive?: string | undefined;
  readonly plugins?: readonly string[] | undefined;
}

export async function withScene<Result>(
  { archive: path, plugins = somePlugins }: StageOptions,
  act: (scene: Scene) => Promise<Result>,
): Promise<Result> {
  const scratch = scratchDirectory();
  try {
    const archive = archiveAt(path ?? realArchive());
    await using server = await serveArchives(join(scratch, 'served'), scratch);
    publish(archive, join(scratch, 'served'));
    const ownArchive = packedAnew(archive, join(scratch, 'served'));
    const bundle = buildBundle(join(scratch, 'bundle'), archive);
    return await act({ scratch, bundle, archive, ownArchive, plugins, server });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Below build/: plugins have to be written to a disk, which a directory for temporary files need not be on. */
function scratchDirectory(): string {
  mkdirSync('build', { recursive: true });
  return mkdtempSync(join(process.cwd(), 'build/bench-'));
}

function realArchive(): string {
  execFileSync('test/setup/plugins-archive.sh', ['v1.9.1'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return pluginsArchive('v1.9.1').path;
}

function publish(archive: Archive, directory: string): void {
  const path = join(directory, served(archive));
  mkdirSync(dirname(path), { recursive: true });
  try {
    linkSync(archive.path, path);
  } catch {
    copyFileSync(archive.path, path);
  }
}

/** Served beside it: the same but for the time in gzip's header (RFC 1952), as if it had been packed a second later. */
function packedAnew(archive: Archive, directory: string): Archive {
  const own = { ...archive, below: '/own' };
  const path = join(directory, served(own));
  const bytes = readFileSync(archive.path);
  bytes.writeUInt32LE(bytes.readUInt32LE(4) + 1, 4);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return { ...own, path, sha256: createHash('sha256').update(bytes).digest('hex') };
}
