// Cuts a stream of bytes where the blocks of a tar archive end.

/** Bytes; POSIX ustar, as every tar since. */
const blockBytes = 512;

/**
 * Hands on whole blocks only, lent until `take` returns. A parser that is given half a block keeps it, and copies it
 * together with all of the next piece: with pieces of any length, most of the archive would be copied once more.
 */
export class TarBlocks {
  readonly #take: (blocks: Buffer) => void;
  readonly #begun = Buffer.alloc(blockBytes);
  #begunBytes = 0;

  constructor(take: (blocks: Buffer) => void) {
    this.#take = take;
  }

  write(piece: Buffer): void {
    const rest = piece.subarray(this.#complete(piece));
    const wholeBytes = rest.length - (rest.length % blockBytes);
    if (wholeBytes > 0) this.#take(rest.subarray(0, wholeBytes));
    this.#begunBytes += rest.copy(this.#begun, this.#begunBytes, wholeBytes);
  }

  /** How many bytes of the piece the block took that was begun before. */
  #complete(piece: Buffer): number {
    if (this.#begunBytes === 0) return 0;
    const taken = piece.copy(this.#begun, this.#begunBytes);
    this.#begunBytes += taken;
    if (this.#begunBytes === blockBytes) {
      this.#begunBytes = 0;
      this.#take(Buffer.from(this.#begun));
    }
    return taken;
  }
}
