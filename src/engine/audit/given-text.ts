// What the operator gave to be read: a file, or standard input; never more of it than a small container can bear.

import { closeSync, openSync, readSync } from 'node:fs';
import type { TextSource } from '../../arguments/parts/text-source.ts';
import { Failure } from '../../failure/failure.ts';
import { systemReason } from '../../lib/errno.ts';

const standardInput = 0;
const textPieceBytes = 64 * 1024;

/** Of a log the newest is what counts. */
const tailBytes = 1024 * 1024;

/** NADs and the pods of a node are some hundred KiB. */
const wholeBytes = 32 * 1024 * 1024;

/**
 * The end of the text, whole lines.
 * @throws Failure `usage` where it can't be read
 */
export function endOfGiven(source: TextSource, by: string): string {
  let kept = Buffer.alloc(0);
  let isCut = false;
  for (const piece of textPieces(source, by)) {
    const all = Buffer.concat([kept, piece]);
    isCut ||= all.length > tailBytes;
    kept = all.subarray(-tailBytes);
  }
  const text = kept.toString('utf8');
  return isCut ? text.slice(text.indexOf('\n') + 1) : text;
}

export interface MostGiven {
  readonly bytes: number;
  /** What to give instead of more. */
  readonly hint: string;
}

const ofOneNode: MostGiven = {
  bytes: wholeBytes,
  hint: 'give the NADs, and of the pods those of this node: kubectl get pods --field-selector spec.nodeName=NODE',
};

/** @throws Failure `usage` where it can't be read, or is more than can be borne */
export function wholeGiven(source: TextSource, by: string, most = ofOneNode): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  for (const piece of textPieces(source, by)) {
    length += piece.length;
    if (length > most.bytes) {
      throw new Failure('given-file-unreadable', {
        message: `${by} ${nameOfGiven(source)} has more than ${most.bytes / 2 ** 20} MiB`,
        hint: most.hint,
      });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function* textPieces(source: TextSource, by: string): Generator<Buffer> {
  try {
    const fd = source.from === 'stdin' ? standardInput : openSync(source.path, 'r');
    try {
      for (;;) {
        const piece = Buffer.alloc(textPieceBytes);
        const read = readSync(fd, piece);
        if (read === 0) return;
        yield piece.subarray(0, read);
      }
    } finally {
      if (fd !== standardInput) closeSync(fd);
    }
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    throw new Failure('given-file-unreadable', {
      message: `${by} ${nameOfGiven(source)} can't be read: ${reason}`,
      cause: error,
    });
  }
}

export function nameOfGiven(source: TextSource): string {
  return source.from === 'stdin' ? 'standard input' : source.path;
}
