// Collects what a stream of large buffers leaves behind, while it is still young and in the processor's cache.

/** Few enough that their memory is used again soon, enough that collecting costs nothing beside filling them. */
const bytesBetween = 4 * 1024 * 1024;

/**
 * Smaller buffers are so many objects that V8 collects them in time by itself, and asking it as well costs a tenth of a
 * download's CPU: so it is with the records of TLS, which have at most 16 KiB (RFC 8446, 5.1).
 */
const bytesOfFew = 16 * 1024;

/**
 * For buffers that others hold too, so that nobody can give them back: V8 counts objects, of which these are few, and
 * would let tens of megabytes of them pile up. Works where Node was started with `--expose-gc`, as in our image;
 * elsewhere V8 decides alone.
 */
export class YoungGarbage {
  #bytes = 0;

  /** Says that a buffer of so many bytes has become garbage. */
  grewBy(bytes: number): void {
    if (bytes <= bytesOfFew) return;
    this.#bytes += bytes;
    if (this.#bytes < bytesBetween) return;
    this.#bytes = 0;
    globalThis.gc?.({ type: 'minor' });
  }
}
