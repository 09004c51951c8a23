// The node's own copy of every plugin it was given, by digest: what repair, rollback and a failed download live on.
//
// A blob is never executed and never linked into the bin dir: what runs there is a copy of its own (a clone, where the
// file system shares blocks). A hard link would share the inode, and whoever writes through the live name, as `cp`
// does, would damage the store with it, just when it is needed.

import { createHash, type Hash } from 'node:crypto';
import { chmodSync, closeSync, constants, fsyncSync, openSync, renameSync } from 'node:fs';
import { fsyncDirectory, writeWhole } from '../../lib/files/atomic-file.ts';
import { copyByAnyWay, shareByAnyWay } from '../../lib/files/copy-file.ts';
import { digestOfFile } from '../../lib/files/digest.ts';
import { lstatIfThere, namesIn } from '../../lib/files/file-facts.ts';
import { removeFile } from '../../lib/files/remove.ts';
import type { StateDir } from './state-dir.ts';

/** What was written into the store. */
export interface Blob {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
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
 * A copy of a blob that is ready to become a plugin: its own inode, on the bin dir's file system, with its final mode,
 * durable. Cloned where the file system can. Undefined where the store has no such bytes: what is digested is the copy,
 * so that a blob that was damaged and a copy that went wrong come to the same.
 */
export function copyOfBlob(stateDir: StateDir, sha256: string, mode: number): Promise<string | undefined> {
  return wholeCopy(sha256, mode, { from: stateDir, to: stateDir }, copyByAnyWay);
}

/** From one store into another. */
export interface Way {
  readonly from: StateDir;
  readonly to: StateDir;
}

/**
 * Brings a blob from one store into another, in place of whatever has its name there; says whether there was a whole one.
 * On one file system it need not take room twice. Its name lasts once `fsyncStore` has been called.
 */
export async function bringBlob(sha256: string, way: Way): Promise<boolean> {
  const copy = await wholeCopy(sha256, 0o600, way, shareByAnyWay);
  if (copy === undefined) return false;
  renameSync(copy, way.to.blobPath(sha256));
  // Two links of one inode: rename(2) does nothing and leaves both.
  removeFile(copy);
  return true;
}

async function wholeCopy(
  sha256: string,
  mode: number,
  { from, to }: Way,
  copyFile: (from: string, to: string) => void,
): Promise<string | undefined> {
  const blob = from.blobPath(sha256);
  // Anything else in its place is no blob, and opening a FIFO would wait for ever.
  if (lstatIfThere(blob)?.isFile() !== true) return undefined;
  const copy = to.temporary();
  try {
    copyFile(blob, copy);
    if ((await digestOfFile(copy)) === sha256) {
      chmodSync(copy, mode);
      fsyncPath(copy);
      return copy;
    }
  } catch (error) {
    removeFile(copy);
    throw error;
  }
  removeFile(copy);
  return undefined;
}

function fsyncPath(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The digests that the store has a blob for; not read again. */
export function blobDigests(stateDir: StateDir): string[] {
  return namesIn(stateDir.storePath).flatMap((name) => /^sha256-([0-9a-f]{64})$/.exec(name)?.[1] ?? []);
}
