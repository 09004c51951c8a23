// What the CNI bin dir holds under the names that concern us. Reads, follows no link, changes nothing.

import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { lstatIfThere } from '../../lib/files/file-facts.ts';
import { digestOpenFile } from '../../lib/files/digest.ts';
import { type Elf, readElf } from '../../lib/files/elf.ts';
import { headOfOpenFile } from '../../lib/files/elf-file.ts';
import { errnoOf } from '../../lib/errno.ts';

/** What stands under one name. A closed union: each kind needs its own answer. */
export type Observed =
  | { readonly kind: 'absent' }
  | ObservedFile
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'directory' }
  /** A FIFO, socket or device. */
  | { readonly kind: 'special' };

export interface ObservedFile {
  readonly kind: 'file';
  /** Nobody's digest, `unreadDigest`, where it may be neither read nor run. */
  readonly sha256: string;
  readonly size: number;
  /** Permission bits, 0o7777. */
  readonly mode: number;
  readonly elf: Elf;
}

/** Equal to no digest that is wanted, recorded or kept. */
export const unreadDigest = '';

export type Inventory = ReadonlyMap<string, Observed>;

/**
 * Looks at the given names only: the cost does not depend on what else lies in the directory.
 * @throws Node's own errors for anything but an absent name.
 */
export async function takeInventory(binDir: string, names: Iterable<string>): Promise<Inventory> {
  const inventory = new Map<string, Observed>();
  for (const name of names) inventory.set(name, await observe(join(binDir, name)));
  return inventory;
}

/** Looks at one path. */
export async function observe(path: string): Promise<Observed> {
  const stats = lstatIfThere(path);
  if (stats === undefined) return { kind: 'absent' };
  if (stats.isSymbolicLink()) return { kind: 'symlink', target: readlinkSync(path) };
  if (stats.isDirectory()) return { kind: 'directory' };
  if (!stats.isFile()) return { kind: 'special' };
  return observeFile(path);
}

async function observeFile(path: string): Promise<Observed> {
  const opened = openUnfollowed(path);
  if (typeof opened !== 'number') return opened;
  try {
    const stats = fstatSync(opened);
    if (!stats.isFile()) return { kind: 'special' };
    const { sha256 = '' } = await digestOpenFile(opened, ['sha256']);
    return {
      kind: 'file',
      sha256,
      size: stats.size,
      mode: stats.mode & 0o7777,
      elf: readElf(headOfOpenFile(opened)),
    };
  } finally {
    closeSync(opened);
  }
}

/**
 * Between lstat(2) and open(2) the name may have become something else: a link is refused (ELOOP), a FIFO does not
 * block, a name that is gone is absent.
 */
function openUnfollowed(path: string): number | Observed {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { kind: 'absent' };
    const unread = errnoOf(error) === 'EACCES' ? unreadFile(path) : undefined;
    if (unread === undefined) throw error;
    return unread;
  }
}

/**
 * Root without CAP_DAC_OVERRIDE is an owner like any other: mode 0 keeps it out. That nobody can run such a file is known
 * without its bytes, and one file must not hide all the others. Undefined for what others may run.
 */
function unreadFile(path: string): ObservedFile | undefined {
  const stats = lstatIfThere(path);
  if (stats?.isFile() !== true || (stats.mode & 0o111) !== 0) return undefined;
  const elf = { kind: 'not-elf', because: 'its mode lets nobody read it' } as const;
  return { kind: 'file', sha256: unreadDigest, size: stats.size, mode: stats.mode & 0o7777, elf };
}
