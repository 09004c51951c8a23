// How long one attempt waits: to connect, for the next byte, and in all.

export interface Deadlines {
  /** Name resolution, TCP, the proxy's tunnel and TLS together. */
  readonly connectMs: number;
  /** The longest silence after that, before the first byte of the answer as well as between two pieces. */
  readonly idleMs: number;
  /** For the whole download, pauses and all attempts included. */
  readonly totalMs: number;
}

export const defaultDeadlines: Deadlines = { connectMs: 15_000, idleMs: 30_000, totalMs: 300_000 };

export type Expiry = 'connect' | 'idle' | 'total';

export interface Patience {
  /** Aborts when a deadline passes or the caller aborts. */
  readonly signal: AbortSignal;
  /** Which deadline passed, if any did. */
  readonly expired: () => Expiry | undefined;
  /** A connection is about to be made. */
  readonly connecting: () => void;
  /** It is made, or bytes have arrived. */
  readonly progressed: () => void;
  /** Ends the waiting; call it in any case. */
  readonly stop: () => void;
}

/** setTimeout takes anything longer for 1 ms. */
const longestTimerMs = 2 ** 31 - 1;

/** Starts the clocks of one attempt. They are timers of the real clock, for there is no other for a socket. */
export function createPatience(deadlines: Deadlines, caller: AbortSignal): Patience {
  const controller = new AbortController();
  let expired: Expiry | undefined;
  const expireAfter = (which: Expiry): NodeJS.Timeout => {
    const expire = (): void => {
      expired ??= which;
      controller.abort();
    };
    return setTimeout(expire, Math.min(deadlines[`${which}Ms`], longestTimerMs));
  };
  const total = expireAfter('total');
  let phase = { which: 'connect', timer: expireAfter('connect') };
  const enter = (which: 'connect' | 'idle'): void => {
    clearTimeout(phase.timer);
    // A connection that comes too late must not start a clock that nobody stops.
    if (!controller.signal.aborted) phase = { which, timer: expireAfter(which) };
  };
  const abort = (): void => controller.abort(caller.reason);
  caller.addEventListener('abort', abort, { once: true });
  if (caller.aborted) abort();
  return {
    signal: controller.signal,
    expired: () => expired,
    connecting: () => enter('connect'),
    progressed: () => void (phase.which === 'idle' ? phase.timer.refresh() : enter('idle')),
    stop: () => {
      controller.abort();
      clearTimeout(total);
      clearTimeout(phase.timer);
      caller.removeEventListener('abort', abort);
    },
  };
}
