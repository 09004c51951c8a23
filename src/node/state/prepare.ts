// The directories under the state dir, made when a change needs them.

import { dirname } from 'node:path';
import { fsyncDirectory } from '../../lib/files/atomic-file.ts';
import type { MeantDirectory } from '../../failure/not-a-directory.ts';
import { provideDirectory, requireWayFree } from './provide-directory.ts';
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
  if (!directories.map(provide).includes(true)) return;
  fsyncDirectory(stateDir.path);
  fsyncDirectory(dirname(stateDir.path));
}

/** The same for a spare store. */
export function prepareSpare({ path, temporaryPath, storePath, generationsPath }: StateDir): void {
  const spare = { what: 'the spare store', option: '--spare-store' } as const;
  const directories = [path, temporaryPath, storePath, generationsPath];
  if (!directories.map((one) => provideDirectory({ ...spare, path: one })).includes(true)) return;
  fsyncDirectory(path);
  fsyncDirectory(dirname(path));
}

function provide(path: string): boolean {
  return provideDirectory(meantStateDir(path));
}

/** @throws Failure `node` where something that is not a directory has its name. */
export function requireNoOtherStateDir({ path }: StateDir): void {
  requireWayFree(meantStateDir(path));
}

function meantStateDir(path: string): MeantDirectory {
  return { what: 'the state dir', path, option: '--state-dir' };
}
