// Provides the Node.js that package-lock.json pins, of any platform, without running it.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { type LockedPackage, lockedPackage } from './lock-file.ts';
import { madeOnce } from './made-once.ts';
import type { Platform } from './platform.ts';

export interface PinnedNode {
  /** The unpacked npm package: `bin/node`, `LICENSE`. */
  readonly directory: string;
  readonly version: string;
}

/** npm installs only the package of its own platform, and has checked it then; the other one is fetched and checked here. */
export function pinnedNode(project: string, { nodePackage }: Platform, cache: string): PinnedNode {
  const locked = lockedPackage(project, nodePackage);
  const installed = join(project, 'node_modules', nodePackage);
  if (isVersion(installed, locked.version)) return { directory: installed, version: locked.version };
  const directory = madeOnce(join(cache, `${nodePackage}-${locked.version}`), (unfinished) =>
    fetchPackage(project, locked, unfinished),
  );
  return { directory, version: locked.version };
}

function isVersion(directory: string, version: string): boolean {
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest)) return false;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version === version;
}

function fetchPackage(project: string, { name, version, integrity }: LockedPackage, directory: string): void {
  mkdirSync(directory);
  const into = ['--pack-destination', directory, '--silent'];
  run('npm', ['pack', `${name}@${version}`, ...into], { cwd: project });
  const [file = ''] = readdirSync(directory);
  const tarball = join(directory, file);
  const [algorithm = ''] = integrity.split('-');
  const found = `${algorithm}-${createHash(algorithm).update(readFileSync(tarball)).digest('base64')}`;
  if (found !== integrity)
    throw new Error(`${name}@${version} is ${found}, package-lock.json has ${integrity}`);
  const wanted = ['package/bin/node', 'package/LICENSE', 'package/package.json'];
  run('tar', ['-xzf', tarball, '-C', directory, '--strip-components=1', ...wanted]);
}
