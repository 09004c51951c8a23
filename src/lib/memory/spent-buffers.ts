// The memory of a stream's pieces, given back as soon as they are spent.
//
// V8 decides by objects when to collect, and buffers of many kilobytes are few objects: a hundred megabytes that pass
// through the process leave tens of them behind at every moment, each page of which the kernel has to provide anew.

import { thrift } from './thrift.ts';

/** For the one consumer of a stream, which alone holds its pieces, and holds each until it returns. */
export class SpentBuffers {
  readonly #givesBack: boolean;
  #current: ArrayBufferLike | undefined;

  constructor(givesBack = thrift.givesBackSpentBuffers) {
    this.#givesBack = givesBack;
  }

  /**
   * Says that a piece has been consumed. The memory of the one before is given back: whoever fills it has gone on to
   * another buffer.
   */
  consumed(piece: Buffer): void {
    if (!this.#givesBack || piece.buffer === this.#current || isPooled(piece)) return;
    detach(this.#current);
    this.#current = piece.buffer;
  }
}

/** The memory of a buffer that nobody holds any more, and that is no part of another. */
export function giveBack(buffer: Buffer | undefined): void {
  if (thrift.givesBackSpentBuffers) detach(buffer?.buffer);
}

function detach(memory: ArrayBufferLike | undefined): void {
  if (memory instanceof ArrayBuffer) memory.transfer(0);
}

/** Small buffers are parts of one that is everybody's, none of them larger than half of it (`Buffer.poolSize`). */
function isPooled({ buffer, length }: Buffer): boolean {
  return buffer.byteLength === Buffer.poolSize && length < buffer.byteLength;
}
