// A disk that outlives the node that is on it, so that the node can be switched off and on again.

import { truncate, writeFile } from 'node:fs/promises';
import { run } from './command.ts';

/** As thin as a file with holes is; a node with the images of a cluster takes a tenth of it. */
const sizeBytes = 8 * 1024 ** 3;

/** Makes the file, with an empty file system in it. */
export async function makeDisk(path: string): Promise<void> {
  await writeFile(path, '');
  await truncate(path, sizeBytes);
  await run('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=1', path]);
}
