// Inflates into one buffer of ours, again and again, without a thread.
//
// What Node offers for a stream that does not fit into memory is a stream: a trip to the thread pool and a new buffer for
// each part of the output. `inflateRawSync` is what we want and wants all of the input at once; beneath it is what is used here.

import { createInflateRaw, type InflateRaw, constants } from 'node:zlib';
import { giveBack } from '../memory/spent-buffers.ts';
import { nextTurn } from '../time/next-turn.ts';
import { InflateError, type Inflater } from './inflater.ts';

/** Small enough to be still in the processor's cache when it is digested and written. */
const outputBytes = 128 * 1024;

/** How much is inflated before timers and signals get a turn; some tens of milliseconds, with what becomes of it. */
const inflatedPerTurn = 8 * 1024 * 1024;

/** Of Node's own, though not in its manual (lib/zlib.js, processChunkSync): as in each version that is supported. */
interface Inside {
  readonly _handle: {
    writeSync(
      flush: number,
      input: Buffer,
      inputAt: number,
      inputBytes: number,
      output: Buffer,
      outputAt: number,
      outputBytes: number,
    ): void;
  };
  /** What was left of the output and of the input, in bytes, by the last call. */
  readonly _writeState: Uint32Array;
}

export class InPlaceInflater implements Inflater {
  readonly #take: (part: Buffer) => void;
  /** It only prepares zlib, and takes its errors. */
  readonly #node: InflateRaw & Inside;
  readonly #output = Buffer.allocUnsafeSlow(outputBytes);
  #sinceTurn = 0;

  constructor(take: (part: Buffer) => void) {
    this.#take = take;
    // Its own buffer, which nothing is written to, is the least that it accepts.
    this.#node = createInflateRaw({ chunkSize: constants.Z_MIN_CHUNK }) as InflateRaw & Inside;
    this.#node.on('error', () => undefined);
  }

  async write(piece: Buffer): Promise<number> {
    let taken = 0;
    let isFull: boolean;
    do {
      const { input, output } = this.#inflate(piece, taken);
      taken += input;
      isFull = output === outputBytes;
      if (output > 0) this.#take(isFull ? this.#output : this.#output.subarray(0, output));
      this.#sinceTurn += output;
      if (this.#sinceTurn >= inflatedPerTurn) {
        this.#sinceTurn = 0;
        await nextTurn();
      }
    } while (isFull);
    return taken;
  }

  [Symbol.dispose](): void {
    this.#node.destroy();
    giveBack(this.#output);
  }

  /** How many bytes came of how many. */
  #inflate(piece: Buffer, at: number): { readonly input: number; readonly output: number } {
    const { _handle: zlib, _writeState: left } = this.#node;
    const bytes = piece.length - at;
    zlib.writeSync(constants.Z_NO_FLUSH, piece, at, bytes, this.#output, 0, outputBytes);
    const { errored } = this.#node;
    if (errored !== null) throw new InflateError(errored.message, { cause: errored });
    const [outputLeft = 0, inputLeft = 0] = left;
    return { input: bytes - inputLeft, output: outputBytes - outputLeft };
  }
}
