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
 * What an unprivileged writer may use. A file system that does not say is believed to have room: 0 blocks in all, as some
 * FUSE ones; 0 inodes in all, as btrfs.
 */
export function freeIn(directory: string): Need {
  const { bavail, blocks, bsize, ffree, files } = statfsSync(directory);
  return { bytes: blocks > 0 ? bavail * bsize : Infinity, files: files > 0 ? ffree : Infinity };
}

export function fits(need: Need, free: Need): boolean {
  return need.bytes <= free.bytes && need.files <= free.files;
}

/** @throws Failure `node` when that does not fit, with both figures. */
export function requireSpace(directory: string, need: Need, free: Need = freeIn(directory)): void {
  if (need.bytes > free.bytes) {
    throw tooFull(
      `no space left for the plugins in ${directory}: ${mebibytes(need.bytes)} are needed, ${mebibytes(free.bytes)} are free`,
    );
  }
  if (need.files > free.files) {
    throw tooFull(
      `no space left for the plugins in ${directory}: ${need.files} inodes are needed, ${free.files} are free`,
    );
  }
}

function tooFull(message: string): Failure {
  return new Failure('node-no-space', { message });
}
