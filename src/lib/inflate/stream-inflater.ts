// Inflates by the stream that Node has for it.

import { once } from 'node:events';
import { createInflateRaw, type InflateRaw } from 'node:zlib';
import { SpentBuffers } from '../memory/spent-buffers.ts';
import { InflateError, type Inflater } from './inflater.ts';

/** Not the default 16 KiB: each part costs a trip to the thread pool. */
const partBytes = 512 * 1024;

export class StreamInflater implements Inflater {
  readonly #stream: InflateRaw = createInflateRaw({ chunkSize: partBytes });
  readonly #ended: Promise<unknown>;
  #failure: unknown;

  constructor(take: (part: Buffer) => void) {
    const spent = new SpentBuffers();
    this.#stream.on('data', (part: Buffer) => {
      try {
        take(part);
      } catch (error) {
        this.#failure ??= error;
      }
      spent.consumed(part);
    });
    this.#ended = once(this.#stream, 'end').catch((error: Error) => {
      this.#failure ??= new InflateError(error.message, { cause: error });
    });
  }

  async write(piece: Buffer): Promise<number> {
    const before = this.#stream.bytesWritten;
    await Promise.race([this.#written(piece), this.#ended]);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#stream.bytesWritten - before;
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }

  /** Stays pending where the stream has ended within the piece. */
  #written(piece: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.write(piece, () => resolve());
    return promise;
  }
}
