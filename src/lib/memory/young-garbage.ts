// Collects what a stream of large buffers leaves behind, while it is still young and in the processor's cache.

import { thrift } from './thrift.ts';

/** Few enough that their memory is used again soon. */
const buffersBetween = 64;
/** Enough that collecting costs nothing beside filling them: a slow network brings its bytes by the packet. */
const bytesBetween = 1024 * 1024;

/**
 * For buffers that others hold too, so that nobody can give them back: V8 counts objects, of which these are few, and
 * would let tens of megabytes of them pile up. Works where Node was started with `--expose-gc`, as in our image;
 * elsewhere V8 decides alone.
 */
export class YoungGarbage {
  readonly #collects: boolean;
  #buffers = 0;
  #bytes = 0;

  constructor(collects = thrift.collectsYoungGarbage) {
    this.#collects = collects;
  }

  /** Says that a buffer of so many bytes has become garbage. */
  grewBy(bytes: number): void {
    this.#buffers += 1;
    this.#bytes += bytes;
    if (this.#buffers < buffersBetween || this.#bytes < bytesBetween) return;
    this.#buffers = 0;
    this.#bytes = 0;
    if (this.#collects) globalThis.gc?.({ type: 'minor' });
  }
}
