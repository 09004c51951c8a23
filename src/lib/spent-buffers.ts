// The memory of a stream's pieces, given back as soon as they are spent.
//
// V8 decides by objects when to collect, and buffers of many kilobytes are few objects: a hundred megabytes that pass
// through the process leave tens of them behind at every moment, each page of which the kernel has to provide anew.

/** For the one consumer of a stream, which alone holds its pieces, and holds each until it returns. */
export class SpentBuffers {
  #current: ArrayBufferLike | undefined;

  /**
   * Says that a piece has been consumed. The memory of the one before is given back: whoever fills it has gone on to
   * another buffer. Small buffers are parts of Node's pool, which is everybody's.
   */
  consumed({ buffer }: Buffer): void {
    if (buffer === this.#current) return;
    const spent = this.#current;
    this.#current = buffer;
    if (spent instanceof ArrayBuffer && spent.byteLength > Buffer.poolSize) spent.transfer(0);
  }
}
