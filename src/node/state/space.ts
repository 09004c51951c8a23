// Whether the node's disk has room, asked before anything is written.

import { statfsSync } from 'node:fs';
import { mebibytes } from '../../lib/byte-size.ts';
import { Failure } from '../../failure/failure.ts';

export interface Need {
  readonly bytes: number;
  /** Each takes an inode. */
  readonly files: number;
}

/** Bytes that a file of this size takes from the disk, by the block size of every common file system. */
export function onDisk(size: number): number {
  return Math.ceil(size / 4096) * 4096;
}

/**
 * @throws Failure `node` when that does not fit into what an unprivileged writer may use, with both figures. A file
 *   system that does not say is believed to have room: 0 blocks in all, as some FUSE ones; 0 inodes in all, as btrfs.
 */
export function requireSpace(directory: string, need: Need): void {
  const { bavail, blocks, bsize, ffree, files } = statfsSync(directory);
  const freeBytes = bavail * bsize;
  if (blocks > 0 && freeBytes < need.bytes) {
    throw tooFull(
      `no space left for the plugins in ${directory}: ${mebibytes(need.bytes)} are needed, ${mebibytes(freeBytes)} are free`,
    );
  }
  if (files > 0 && ffree < need.files) {
    throw tooFull(
      `no space left for the plugins in ${directory}: ${need.files} inodes are needed, ${ffree} are free`,
    );
  }
}

function tooFull(message: string): Failure {
  return new Failure('node-no-space', { message });
}
