// A turn for whatever else waits: timers, signals, sockets.

/** As `setImmediate` of node:timers/promises, which is 100 KiB of a start that needs no more of it than this. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
