// What an install has to have done, and what the archive has for it.

import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Usage } from './measured-run.ts';
import { freshBinDir, type Scene } from './scene.ts';

/** A run that did not do the work is not a fast one. */
export async function checked(
  run: Promise<Usage>,
  binDir: string,
  plugins: readonly string[],
): Promise<Usage> {
  const usage = await run;
  const there = new Set(readdirSync(binDir));
  const absent = plugins.filter((name) => !there.has(name));
  if (absent.length > 0) throw new Error(`${absent.join(', ')} are not in ${binDir} after an install`);
  return usage;
}

/** The directory with everything that the archive has. */
export function unpackedArchive(scene: Scene): string {
  const unpacked = freshBinDir(scene, 'unpacked');
  execFileSync('tar', ['xzf', scene.archive.path, '-C', unpacked]);
  return unpacked;
}

export function pluginsIn(scene: Scene): readonly string[] {
  const unpacked = unpackedArchive(scene);
  return readdirSync(unpacked).filter((name) => {
    const stats = statSync(join(unpacked, name));
    return stats.isFile() && (stats.mode & 0o111) !== 0;
  });
}
