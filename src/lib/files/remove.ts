// Removing files, with errors that say what the kernel said; Node's own rmSync loses the errno of some of them.

import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../errno.ts';

/** No error for a name that is gone already. Does not follow links. */
export function removeFile(path: string): void {
  tolerateAbsence(() => unlinkSync(path));
}

/** A directory that holds files only, with all of them. */
export function removeFlatDirectory(path: string): void {
  tolerateAbsence(() => {
    for (const name of readdirSync(path)) removeFile(join(path, name));
    rmdirSync(path);
  });
}

/**
 * For work that is over: what the node does not let go is left to the next sweep, and is no reason to call the work
 * failed.
 */
export function tidyAway(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

function tolerateAbsence(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
