// The node's own copy of every plugin it was given, by digest: what repair, rollback and a failed download live on.
//
// A blob is never executed and never linked into the bin dir: what runs there is a copy of its own (a clone, where the
// file system shares blocks). A hard link would share the inode, and whoever writes through the live name, as `cp`
// does, would damage the store with it, just when it is needed.

import { createHash, type Hash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fsyncDirectory, writeWhole } from '../../lib/files/atomic-file.ts';
import { digestOfFile } from '../../lib/files/digest.ts';
import { isDirectory } from '../../lib/files/file-facts.ts';
import type { Ledger } from './ledger.ts';
import type { StateDir } from './state-dir.ts';
import { removeFile, removeFlatDirectory } from '../../lib/files/remove.ts';
import { errnoOf } from '../../lib/errno.ts';

/** What was written into the store. */
export interface Blob {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

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

/** Removes what an installer that was killed left behind. Only under the lock, else it is another's work in progress. */
export function sweepTemporaries(stateDir: StateDir): void {
  for (const name of namesIn(stateDir.temporaryPath)) removeFile(join(stateDir.temporaryPath, name));
}

/** An installer is at work, or one that was has not tidied up. */
export function hasLeftovers(stateDir: StateDir): boolean {
  return existsSync(stateDir.temporaryPath) || existsSync(stateDir.locksPath);
}

/**
 * Takes back directories that hold nothing. Leaves whatever has content, and whatever the node does not let go: the run
 * itself is over, and the next one tidies again. Only under the lock, else the next one may be about to fill them.
 */
export function removeEmptyDirectories(stateDir: StateDir): void {
  tidyAwayEmpty(
    stateDir.temporaryPath,
    stateDir.downloadsPath,
    stateDir.storePath,
    stateDir.originalsPath,
    stateDir.generationsPath,
  );
}

/** What is left of a state dir without content, once the lock is released: with somebody else's in it, it stays. */
export function removeEmptyStateDir(stateDir: StateDir): void {
  tidyAwayEmpty(stateDir.locksPath, stateDir.path);
}

function tidyAwayEmpty(...directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      rmdirSync(directory);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
}

/**
 * Removes all content of the state dir, the ledger last: until then a second attempt still knows what is whose. The
 * locks stay, ours is among them.
 */
export function clearStateDir(stateDir: StateDir): void {
  const directories = [
    stateDir.storePath,
    stateDir.downloadsPath,
    stateDir.temporaryPath,
    stateDir.originalsPath,
    stateDir.generationsPath,
  ];
  for (const directory of directories) removeFlatDirectory(directory);
  removeFile(stateDir.ledgerPath);
}

/** A blob while it is being written. Exactly one of `finish` and `abandon` ends it. */
export class BlobWriter {
  readonly #stateDir: StateDir;
  readonly #temporary: string;
  readonly #fd: number;
  readonly #hash: Hash = createHash('sha256');
  #size = 0;

  constructor(stateDir: StateDir) {
    this.#stateDir = stateDir;
    this.#temporary = stateDir.temporary();
    this.#fd = openSync(this.#temporary, 'wx', 0o600);
  }

  write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.length;
    writeWhole(this.#fd, bytes);
  }

  /** The blob is durable, and has its name, once this returns. */
  finish(): Blob {
    const sha256 = this.#hash.digest('hex');
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      this.abandon();
      throw error;
    }
    closeSync(this.#fd);
    renameSync(this.#temporary, this.#stateDir.blobPath(sha256));
    return { sha256, size: this.#size };
  }

  abandon(): void {
    closeSync(this.#fd);
    removeFile(this.#temporary);
  }
}

/** Makes the names of the blobs last; once after the last one. */
export function fsyncStore(stateDir: StateDir): void {
  fsyncDirectory(stateDir.storePath);
}

/** Whether the store has these bytes, read again: a blob whose content is not its name is as good as none. */
export async function hasIntactBlob(stateDir: StateDir, sha256: string): Promise<boolean> {
  return (await digestOfFile(stateDir.blobPath(sha256))) === sha256;
}

/**
 * Makes a copy of a blob that is ready to become a plugin: its own inode, on the bin dir's file system, with its final
 * mode, durable. Clones where the file system can.
 */
export function stageBlob(stateDir: StateDir, sha256: string, mode: number): string {
  const staged = stateDir.temporary();
  try {
    copyFileSync(stateDir.blobPath(sha256), staged, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    chmodSync(staged, mode);
    fsyncPath(staged);
    return staged;
  } catch (error) {
    removeFile(staged);
    throw error;
  }
}

function fsyncPath(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Removes every blob that is not in the set, among them those of an install that came to nothing. */
export function collectBlobs(stateDir: StateDir, keep: ReadonlySet<string>): void {
  for (const name of namesIn(stateDir.storePath)) {
    if (!keep.has(name.replace(/^sha256-/, ''))) removeFile(join(stateDir.storePath, name));
  }
}

/** Names whose original still waits although the ledger, the last of this history, has given the name back. */
export function givenBack(stateDir: StateDir, ledger: Ledger, history: readonly Ledger[]): readonly string[] {
  const once = new Set(history.flatMap(({ originals }) => Object.keys(originals)));
  const waiting = namesIn(stateDir.originalsPath).filter((name) => once.has(name));
  return waiting.filter((name) => ledger.originals[name] !== 'displaced');
}

/** The digests that the store has a blob for; not read again. */
export function blobDigests(stateDir: StateDir): string[] {
  return namesIn(stateDir.storePath).flatMap((name) => /^sha256-([0-9a-f]{64})$/.exec(name)?.[1] ?? []);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
