// A look at the bin dir that costs next to nothing: what stands under each name, without reading a byte of it.
//
// Asynchronous, although it takes microseconds: on a file system whose server is gone it never comes back, and then the
// probe that would tell must still be answered.

import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../lib/errno.ts';

export interface Glance {
  /** The directory itself; undefined where there is none, or one that has been removed and lives on in our mount only. */
  readonly directory: string | undefined;
  /** By name, what tells one file from another: equal as long as nobody touched it. */
  readonly names: ReadonlyMap<string, string>;
}

/** Looks at the plugins of these names and, by its path, at the ledger: another one means another set. */
export async function glanceAt(binDir: string, names: Iterable<string>, ledgerPath: string): Promise<Glance> {
  const directory = await directoryIdentity(binDir);
  const fingerprints = new Map([[ledgerPath, await fingerprintOf(ledgerPath)]]);
  for (const name of names) fingerprints.set(name, await fingerprintOf(join(binDir, name)));
  return { directory, names: fingerprints };
}

/**
 * A bind mount stays on the directory it was made for, also when that one was removed and another one has its name now.
 * Such a directory has no link left (stat(2), st_nlink), takes no new file (ENOENT), and gives no event at all. Whoever
 * compares two looks keeps the first directory open in between: else another one may get its inode number.
 */
async function directoryIdentity(directory: string): Promise<string | undefined> {
  const stats = await orAbsent(stat(directory, { bigint: true }));
  if (stats === undefined || stats.nlink === 0n || !stats.isDirectory()) return undefined;
  return `${stats.dev}:${stats.ino}`;
}

/** ctime is among it: it can't be set back, as mtime can. */
async function fingerprintOf(path: string): Promise<string> {
  const stats = await orAbsent(lstat(path, { bigint: true }));
  if (stats === undefined) return 'absent';
  const { dev, ino, size, mtimeNs, ctimeNs, mode, uid } = stats;
  return [dev, ino, size, mtimeNs, ctimeNs, mode, uid].join(':');
}

async function orAbsent<Value>(look: Promise<Value>): Promise<Value | undefined> {
  try {
    return await look;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ESTALE'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Names that are not as they were at the last look, those that were not looked at then among them. */
export function changedNames(before: Glance | undefined, after: Glance): readonly string[] {
  return [...after.names].flatMap(([name, print]) => (before?.names.get(name) === print ? [] : [name]));
}

/** The directory that we were started for is no longer the one that a runtime finds. */
export function wasReplaced(first: Glance, now: Glance): boolean {
  return first.directory !== now.directory;
}
