// Whether the node's disk has room, asked before anything is written.

import { statfsSync } from 'node:fs';
import { Failure } from '../lib/failure.ts';

/** Ledger, generations and directories: a few blocks. */
const overheadBytes = 256 * 1024;

/**
 * @throws Failure `node` when `neededBytes` do not fit into what an unprivileged writer may use, with both figures.
 *   A file system that does not say (0 blocks in all, as some FUSE ones) is believed to have room.
 */
export function requireSpace(directory: string, neededBytes: number): void {
  const { bavail, blocks, bsize } = statfsSync(directory);
  const freeBytes = bavail * bsize;
  if (blocks === 0 || freeBytes >= neededBytes + overheadBytes) return;
  throw new Failure('node', {
    code: 'node-no-space',
    message: `no space left for the plugins in ${directory}: ${mebibytes(neededBytes + overheadBytes)} are needed, ${mebibytes(freeBytes)} are free`,
    hint: 'free space on the file system of the CNI bin dir, or install fewer plugins',
  });
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
