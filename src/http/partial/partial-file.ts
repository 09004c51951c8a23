// The partial file of one download; hashes what it holds, and goes on from what an earlier run left.

import { type Hash, createHash } from 'node:crypto';
import { closeSync, constants, ftruncateSync, openSync, readSync } from 'node:fs';
import { writeWhole } from '../../lib/files/atomic-file.ts';
import { Failure } from '../../failure/failure.ts';
import { asRefusal } from '../../failure/system-error.ts';
import { removeFile } from '../../lib/files/remove.ts';
import type { Representation } from '../resume.ts';
import { discardNotes, readNotes, writeNotes } from './resume-notes.ts';
import { errnoOf } from '../../lib/errno.ts';
import { giveBack } from '../../lib/memory/spent-buffers.ts';
import { nextTurn } from '../../lib/time/next-turn.ts';
import type { DigestAlgorithm } from '../../lib/files/digest.ts';

export interface PartialIdentity {
  readonly path: string;
  readonly url: URL;
  readonly algorithms: readonly DigestAlgorithm[];
}

const downloadPieceBytes = 256 * 1024;

const readChunkBytes = 256 * 1024;

/** Nothing is continued through a symbolic link that someone else placed there. */
const openFlags = constants.O_RDWR | constants.O_NOFOLLOW;

/** Removes the partial file and its notes, so that the next download starts from nothing. */
export function discardPartial(path: string): void {
  removeFile(path);
  discardNotes(path);
}

/**
 * Bytes on disk and their running digests, always in step, and less than a piece that is on its way to both: written and
 * digested one by one, the 16 KiB of a TLS record cost a seventh more. Not synced: after a power cut the digest finds out.
 * One writer at a time; that is the caller's to see to.
 */
export class PartialFile {
  readonly #identity: PartialIdentity;
  #fd: number | undefined;
  #hashes: readonly [DigestAlgorithm, Hash][];
  #bytes = 0;
  /** Has come, and is neither on disk nor in the digests. */
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;
  #representation: Representation | undefined;

  private constructor(identity: PartialIdentity) {
    this.#identity = identity;
    this.#hashes = freshHashes(identity);
  }

  /** Takes up what an earlier run left, if its notes say that it belongs to this URL; creates nothing. */
  static async open(identity: PartialIdentity, signal: AbortSignal): Promise<PartialFile> {
    const partial = new PartialFile(identity);
    const representation = await readNotes(identity.path, identity.url);
    if (representation === undefined) return partial;
    try {
      await partial.#takeUp(representation, signal);
      return partial;
    } catch (error) {
      partial.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What the bytes are part of; undefined while there are none. */
  get representation(): Representation | undefined {
    return this.#representation;
  }

  /** Empties the file and notes what its next bytes will be part of. */
  startOver(representation: Representation): void {
    this.forget();
    try {
      this.#fd ??= openSync(this.#identity.path, openFlags | constants.O_CREAT, 0o600);
      // Empty first: a kill between the two must not leave old bytes under a new ETag.
      ftruncateSync(this.#fd);
      writeNotes(this.#identity.path, this.#identity.url, representation);
    } catch (error) {
      throw diskFailure(this.#identity.path, error);
    }
    this.#representation = representation;
  }

  /** Gives up the bytes so far, without touching the disk yet. */
  forget(): void {
    this.#bytes = 0;
    this.#gatheredBytes = 0;
    this.#representation = undefined;
    this.#hashes = freshHashes(this.#identity);
  }

  /** What has come is on disk once it is 256 KiB, or the file is closed: whoever is killed loses less than that. */
  append(chunk: Buffer): void {
    if (this.#fd === undefined) throw new Error('append before startOver');
    this.#gathered ??= Buffer.allocUnsafeSlow(downloadPieceBytes);
    for (let at = 0; at < chunk.length;) {
      const taken = chunk.copy(this.#gathered, this.#gatheredBytes, at);
      this.#gatheredBytes += taken;
      this.#bytes += taken;
      at += taken;
      if (this.#gatheredBytes === downloadPieceBytes) this.#flush();
    }
  }

  #flush(): void {
    if (this.#fd === undefined || this.#gathered === undefined || this.#gatheredBytes === 0) return;
    const piece = this.#gathered.subarray(0, this.#gatheredBytes);
    const place = this.#bytes - piece.length;
    this.#gatheredBytes = 0;
    try {
      writeWhole(this.#fd, piece, place);
    } catch (error) {
      this.#bytes = place;
      throw diskFailure(this.#identity.path, error);
    }
    for (const [, hash] of this.#hashes) hash.update(piece);
  }

  /** The digests in hex; the file takes no more bytes after that. */
  digests(): Readonly<Partial<Record<DigestAlgorithm, string>>> {
    this.#flush();
    return Object.fromEntries(this.#hashes.map(([name, hash]) => [name, hash.digest('hex')]));
  }

  /** What has been gathered by then is kept, as far as the disk takes it; the rest is asked for again. */
  close(): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    try {
      this.#flush();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    } finally {
      closeSync(fd);
      this.#fd = undefined;
      giveBack(this.#gathered);
      this.#gathered = undefined;
    }
  }

  async #takeUp(representation: Representation, signal: AbortSignal): Promise<void> {
    try {
      this.#fd = openSync(this.#identity.path, openFlags);
      const buffer = Buffer.allocUnsafeSlow(readChunkBytes);
      for (;;) {
        // A turn for the signal: the bytes may be many, and the disk slow.
        await nextTurn();
        signal.throwIfAborted();
        const bytes = readSync(this.#fd, buffer, 0, buffer.length, this.#bytes);
        if (bytes === 0) break;
        this.#count(buffer.subarray(0, bytes));
      }
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || signal.aborted) return signal.throwIfAborted();
      throw diskFailure(this.#identity.path, error);
    }
    if (this.#bytes > 0) this.#representation = representation;
  }

  #count(chunk: Buffer): void {
    for (const [, hash] of this.#hashes) hash.update(chunk);
    this.#bytes += chunk.length;
  }
}

function freshHashes({ algorithms }: PartialIdentity): readonly [DigestAlgorithm, Hash][] {
  return algorithms.map((name) => [name, createHash(name)]);
}

function diskFailure(path: string, error: unknown): unknown {
  return asRefusal(error, 'to store what is downloaded', path);
}
