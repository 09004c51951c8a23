// Directories under build/ that are made once per set of inputs and then only read.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Scratch of the throw-away nodes, inside the project's git-ignored build directory. */
export const scratchDir = join(import.meta.dirname, '../../build/throwaway-node');

const cacheDir = join(scratchDir, 'cache');

/**
 * The directory of this kind and key, filled by `fill` if it isn't there yet. It appears whole or not at all. Two
 * processes may fill the same one at once; the first wins, and the other's work is thrown away.
 */
export async function cached(
  kind: string,
  key: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cacheDir, `${kind}-${key}`);
  if (existsSync(directory)) return directory;
  await mkdir(cacheDir, { recursive: true });
  const unfinished = await mkdtemp(join(cacheDir, `unfinished-${kind}-`));
  try {
    await fill(unfinished);
    await rename(unfinished, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

/** A short key for a set of inputs; their order matters. */
export function keyOf(...inputs: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
}

/** The SHA-256 of a file, in hex. */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
