// The directories under the state dir, made when a change needs them.

import { lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../lib/errno.ts';
import { fsyncDirectory } from '../../lib/files/atomic-file.ts';
import { isDirectory } from '../../lib/files/file-facts.ts';
import type { StateDir } from './state-dir.ts';

/**
 * Makes the directories that a change needs, and makes them last: what is put into them is as durable as they are. They
 * may be read by all, under the umask that the process edge sets: verifying is for everyone.
 */
export function prepareStateDir(stateDir: StateDir): void {
  const directories = [
    stateDir.path,
    stateDir.locksPath,
    stateDir.temporaryPath,
    stateDir.storePath,
    stateDir.originalsPath,
    stateDir.generationsPath,
  ];
  if (!directories.map(makeDirectory).includes(true)) return;
  fsyncDirectory(stateDir.path);
  fsyncDirectory(dirname(stateDir.path));
}

/**
 * Whether it had to be made. Not by a recursive mkdir: Node's says ENOENT where a read-only file system says EROFS
 * (nodejs/node, lib/internal/fs: mkdirp), and the operator would look for the wrong thing.
 */
function makeDirectory(path: string): boolean {
  try {
    mkdirSync(path, 0o755);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST' && isDirectory(path)) return false;
    if (errno === 'EEXIST' && isGone(path)) return makeDirectory(path);
    if (errno !== 'ENOENT') throw error;
    makeDirectory(dirname(path));
    return makeDirectory(path);
  }
}

/** Another installer has just taken back its empty one. A link that leads nowhere is not gone. */
function isGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}
