// Moves the bytes of a stream into a store, and keeps what was read before the stream broke.

import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { SpentBuffers } from '../lib/memory/spent-buffers.ts';
import { YoungGarbage } from '../lib/memory/young-garbage.ts';

/**
 * Stores the whole body, chunk by chunk and in order, as it comes. Rejects with what `append` throws, else with the
 * stream's error, and then after all that was read is stored: iterating or piping would drop what is still queued, at
 * every cut. `append` is synchronous: writing to the page cache takes less than handing over to a thread.
 */
export async function drain(body: Readable, append: (chunk: Buffer) => void): Promise<void> {
  const spent = new SpentBuffers();
  const received = new YoungGarbage();
  body.on('data', (chunk: Buffer) => {
    try {
      append(chunk);
      received.grewBy(chunk.length);
      spent.consumed(chunk);
    } catch (error) {
      body.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  await finished(body);
}
