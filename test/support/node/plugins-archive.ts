// The release archives that test/setup/plugins-archive.sh leaves in build/plugins.

import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import { ownArch } from '../own-arch.ts';

export interface PluginsArchive {
  /** `v1.9.1` */
  readonly version: string;
  readonly path: string;
  readonly sha256: string;
  /** `upstream`, or how it was made instead. */
  readonly origin: string;
}

export const archivesDir = join(import.meta.dirname, '../../../build/plugins');

/** Throws, and says what to do, where it was not made yet. */
export function pluginsArchive(version: string, arch: string = ownArch): PluginsArchive {
  const path = join(archivesDir, `cni-plugins-linux-${arch}-${version}.tgz`);
  const making = `PLUGINS_ARCH=${arch} test/setup/plugins-archive.sh ${version}`;
  if (!existsSync(`${path}.origin`)) throw new Error(`there is no ${path}: run \`${making}\``);
  const [sha256 = ''] = readFileSync(`${path}.sha256`, 'utf8').split(' ');
  return { version, path, sha256, origin: readFileSync(`${path}.origin`, 'utf8').trim() };
}

/** On the node, where deliverArchive puts the archives. */
export const deliveredDir = '/var/lib/cni-plugins-archives';

/** Puts the archive onto the node, as an operator without a network would. */
export async function deliverArchive(
  node: ThrowawayNode,
  { path }: PluginsArchive,
  to = deliveredDir,
): Promise<void> {
  const directory = join(node.root, to);
  await mkdir(directory, { recursive: true });
  await copyFile(path, join(directory, basename(path)));
}
