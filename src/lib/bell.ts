// A wait for a point in time that anybody may end earlier.

/** Rings are not counted: one before the wait ends it at once, many are one. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** @throws the signal's reason, once it is aborted */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#rung) await this.#sleep(ms, signal);
    this.#rung = false;
    signal.throwIfAborted();
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = setTimeout(wake, Math.min(Math.max(ms, 0), longestMs));
    signal.addEventListener('abort', wake, { once: true });
    this.#wake = wake;
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      this.#wake = undefined;
    }
  }
}

/** Node's timers end at once above 2^31 - 1 ms. */
const longestMs = 2 ** 31 - 1;
