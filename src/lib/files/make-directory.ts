// Making a directory with those above it, with errors that say what the kernel said.

import { lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../errno.ts';
import { isDirectory } from './file-facts.ts';

/**
 * Whether it had to be made. Not by a recursive mkdir: Node's says ENOENT where a read-only file system says EROFS
 * (nodejs/node, lib/internal/fs: mkdirp), and tries for ever where there can be none, as below /proc.
 */
export function makeDirectory(path: string, patience = 8): boolean {
  try {
    mkdirSync(path, 0o755);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST' && isDirectory(path)) return false;
    if (patience === 0) throw error;
    if (errno === 'EEXIST' && isGone(path)) return makeDirectory(path, patience - 1);
    if (errno !== 'ENOENT') throw error;
    makeDirectory(dirname(path), patience);
    return makeDirectory(path, patience - 1);
  }
}

/** Somebody else has just taken it back. A link that leads nowhere is not gone. */
function isGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}
