// Moves the bytes of a stream into a store, with backpressure, and keeps what was read before the stream broke.

import { type Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

export interface Store {
  /** Runs first; reading goes on meanwhile. */
  readonly open: () => Promise<void>;
  /** Gets one chunk at a time, in order. */
  readonly append: (chunk: Buffer) => Promise<void>;
}

/** How far reading runs ahead of storing; more lets buffers grow old enough to escape the cheap garbage collection. */
const aheadBytes = 256 * 1024;

/**
 * Stores the whole body. Rejects with the store's error, else with the stream's, and then only after all that was read is
 * stored: iterating or piping would drop what is still queued, at every cut.
 */
export async function drain(body: Readable, store: Store): Promise<void> {
  const sink = sinkInto(store);
  sink.on('drain', () => body.resume());
  sink.on('error', (error) => body.destroy(error));
  body.on('data', (chunk: Buffer) => {
    if (!sink.write(chunk)) body.pause();
  });
  const broken = await errorOf(finished(body));
  sink.end();
  await finished(sink);
  if (broken !== undefined) throw broken;
}

function sinkInto({ open, append }: Store): Writable {
  return new Writable({
    highWaterMark: aheadBytes,
    construct: (done) => void settle(open(), done),
    write: (chunk: Buffer, _encoding, done) => void settle(append(chunk), done),
  });
}

async function settle(work: Promise<void>, done: (error: Error | null) => void): Promise<void> {
  const error = await errorOf(work);
  done(error instanceof Error ? error : null);
}

async function errorOf(work: Promise<void>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error;
  }
}
