// Lays out release archives of the plugins where the installer looks for what its image brings along.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Platform } from './platform.ts';
import { Tree } from './tree.ts';

const archivesDir = 'usr/share/cni-plugins-installer/archives';

/**
 * @param source a directory with archives under upstream's names, flat or by version as `bundle` leaves them. Their
 *   digests are the business of who made it, and of the installer, which trusts its own image no more than a mirror
 */
export function furnishArchives(root: string, platform: Platform, source: string): void {
  const name = new RegExp(`^cni-plugins-linux-${platform.arch}-(v[0-9][^/]*)\\.tgz$`);
  const tree = new Tree(root, platform);
  const found = (readdirSync(source, { recursive: true }) as string[]).filter((path) =>
    name.test(basename(path)),
  );
  if (found.length === 0) throw new Error(`${source} has no archive for linux/${platform.arch}`);
  for (const path of found) {
    const [file = '', version] = name.exec(basename(path)) ?? [];
    tree.put(`${archivesDir}/${version}/${file}`, readFileSync(join(source, path)));
  }
}
