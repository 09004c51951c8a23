// SHA-2 digests of files, in constant memory.

import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../errno.ts';
import { nextTurn } from '../time/next-turn.ts';

export const digestAlgorithms = ['sha256', 'sha512'] as const;
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

/** Length of a digest in hex digits. */
export const hexLength: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

/** Lower-case hex, for each algorithm that was asked for. */
export type Digests = Readonly<Partial<Record<DigestAlgorithm, string>>>;

/** One reading buffer for the whole process: short-lived ones would be most of our memory. */
let sharedBuffer: Buffer | undefined;
const bufferBytes = 256 * 1024;
/** How much is hashed before timers and signals get a turn; a few milliseconds of work. */
const bytesPerTurn = 8 * 1024 * 1024;

/**
 * Digests an open file from its first byte to its end, without moving the descriptor's own position.
 * Reads synchronously in turns: under a CPU limit of a tenth of a core a thread pool costs more than it gives.
 */
export async function digestOpenFile(fd: number, algorithms: readonly DigestAlgorithm[]): Promise<Digests> {
  const hashes = algorithms.map((algorithm): [DigestAlgorithm, Hash] => [algorithm, createHash(algorithm)]);
  let position = 0;
  for (;;) {
    const bytes = hashTurn(fd, position, hashes);
    position += bytes;
    if (bytes < bytesPerTurn) break;
    await nextTurn();
  }
  return Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
}

/**
 * The SHA-256 of a regular file; undefined where there is none: nothing, a link, which is not followed, or anything else.
 * Between two looks a name may become something else, so the open descriptor is what is asked, and a FIFO does not block.
 */
export async function digestOfFile(path: string): Promise<string | undefined> {
  const fd = openRegular(path);
  if (fd === undefined) return undefined;
  try {
    return fstatSync(fd).isFile() ? (await digestOpenFile(fd, ['sha256'])).sha256 : undefined;
  } finally {
    closeSync(fd);
  }
}

function openRegular(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

function hashTurn(fd: number, start: number, hashes: readonly [DigestAlgorithm, Hash][]): number {
  sharedBuffer ??= Buffer.allocUnsafeSlow(bufferBytes);
  let done = 0;
  while (done < bytesPerTurn) {
    const bytes = readSync(fd, sharedBuffer, 0, bufferBytes, start + done);
    if (bytes === 0) return done;
    const read = bytes === bufferBytes ? sharedBuffer : sharedBuffer.subarray(0, bytes);
    for (const [, hash] of hashes) hash.update(read);
    done += bytes;
  }
  return done;
}
