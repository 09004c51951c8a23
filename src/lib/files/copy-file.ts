// A copy of a file by the fastest way that the kernel and the file system offer, or by the plain one.

import { closeSync, constants, copyFileSync, linkSync, openSync, readSync } from 'node:fs';
import { errnoOf, isHopeless } from '../errno.ts';
import { writeWhole } from './atomic-file.ts';
import { removeFile } from './remove.ts';

/**
 * Clones, or copies in the kernel. What a file system answers that can do neither is in no manual (some say EPERM, some
 * EINVAL, some EACCES), so whatever it says leads to reading and writing, unless that would end the same. The copy is
 * not durable yet, and its mode is not settled.
 */
export function copyByAnyWay(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (error) {
    if (isHopeless(error)) throw error;
    removeFile(to);
    copyPlainly(from, to);
  }
}

/** The same for a file that nobody will ever write to: where blocks can't be shared, the whole file may be, by a hard link. */
export function shareByAnyWay(from: string, to: string): void {
  const ways = [
    () => copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE),
    () => linkSync(from, to),
  ];
  if (!ways.some(succeeds)) copyByAnyWay(from, to);
}

function succeeds(way: () => void): boolean {
  try {
    way();
    return true;
  } catch (error) {
    if (isHopeless(error) || errnoOf(error) === undefined) throw error;
    return false;
  }
}

const pieceBytes = 256 * 1024;

function copyPlainly(from: string, to: string): void {
  const source = openSync(from, 'r');
  try {
    const target = openSync(to, 'wx', 0o600);
    try {
      const piece = Buffer.allocUnsafeSlow(pieceBytes);
      for (let bytes = readSync(source, piece); bytes > 0; bytes = readSync(source, piece)) {
        writeWhole(target, piece.subarray(0, bytes));
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}
