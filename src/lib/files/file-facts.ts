// What stands at a path, asked without an error for a path that is not there.

import { lstatSync, readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { errnoOf } from '../errno.ts';

/** Follows no link. */
export function lstatIfThere(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** rename(2) between two links of one inode does nothing and leaves both names (rename(2), NOTES). */
export function isSameInode(one: string, other: string): boolean {
  const [a, b] = [lstatIfThere(one), lstatIfThere(other)];
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}

/** Follows links. */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** None for a directory that is not there. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Empty for a file that is not there, or that may not or can't be read. */
export function textIfReadable(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '';
  }
}
