// The memory that a connection is read into, one read behind the other, and the pieces that have gathered in it.

import { giveBack } from '../../lib/memory/spent-buffers.ts';
import { thrift } from '../../lib/memory/thrift.ts';

/** Eight full records of TLS (RFC 8446, 5.1). From twice as much, malloc gives each copy of a piece back to the kernel. */
export const pieceBufferBytes = 128 * 1024;

/**
 * Two buffers in turn. A piece is lent: its memory is read into again once the other buffer is full, unless somebody says
 * before that it is kept.
 */
export class PieceBuffer {
  readonly #readsOver: boolean;
  #filling = Buffer.allocUnsafeSlow(pieceBufferBytes);
  #spare: Buffer<ArrayBuffer> | undefined;
  #isKept = false;
  #filledBytes = 0;
  #takenBytes = 0;

  constructor(readsOver = thrift.readsPiecesOver) {
    this.#readsOver = readsOver;
  }

  /** Where the next read goes, never empty. Taking a piece does not move it. No Buffer, which takes longer to make. */
  room(): Uint8Array {
    return new Uint8Array(this.#filling.buffer, this.#filledBytes);
  }

  /** Says that so many bytes have been read into the room. When it is full, `turn` has to come before the next read. */
  filled(bytes: number): void {
    this.#filledBytes += bytes;
  }

  get isFull(): boolean {
    return this.#filledBytes === pieceBufferBytes;
  }

  /** What has come since the last time; may be empty. */
  take(): Buffer {
    const piece = this.#filling.subarray(this.#takenBytes, this.#filledBytes);
    this.#takenBytes = this.#filledBytes;
    return piece;
  }

  /** Nothing that was taken so far is read over. */
  keep(): void {
    this.#spare = undefined;
    this.#isKept = true;
  }

  /** Nothing is read any more: the memory is given back, but for what was taken and is kept. */
  release(): void {
    if (!this.#isKept) giveBack(this.#filling);
    giveBack(this.#spare);
  }

  /** Goes on to the other buffer. */
  turn(): void {
    const next = this.#spare ?? Buffer.allocUnsafeSlow(pieceBufferBytes);
    this.#spare = this.#isKept || !this.#readsOver ? undefined : this.#filling;
    this.#filling = next;
    this.#isKept = false;
    this.#filledBytes = 0;
    this.#takenBytes = 0;
  }
}
