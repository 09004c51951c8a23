// A server that says nothing, or too little, does not hold a node.

import net from 'node:net';
import { expect, test } from 'vitest';
import { openHarness } from './harness.ts';

test('a server that accepts and never answers fails by the idle deadline', async () => {
  await using harness = await openHarness();
  const failure = await harness.failure(harness.server.url('/silent'), {
    retries: 1,
    timing: { idleMs: 60 },
  });

  expect(failure).toMatchObject({ kind: 'acquisition', code: 'idle-timeout' });
  expect(harness.server.seen).toHaveLength(2);
});

test('a body that falls silent half way fails by the idle deadline', async () => {
  await using harness = await openHarness();
  const failure = await harness.failure(harness.server.url('/silent-after-first-bytes'), {
    retries: 0,
    timing: { idleMs: 60 },
  });

  expect(failure.code).toBe('idle-timeout');
});

test('slow loris: a drip that never falls silent fails by the total deadline', async () => {
  await using harness = await openHarness();
  const failure = await harness.failure(harness.server.url('/drip'), {
    timing: { idleMs: 1_000, totalMs: 300 },
  });

  expect(failure).toMatchObject({ kind: 'acquisition', code: 'deadline' });
  expect(failure.hint).toContain('--timeout');
});

test('a TLS server that accepts and never shakes hands fails by the connect deadline', async () => {
  await using harness = await openHarness();
  const mute = net.createServer(() => undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  mute.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = mute.address() as net.AddressInfo;

  const failure = await harness.failure(new URL(`https://127.0.0.1:${port}/x`), {
    retries: 0,
    timing: { connectMs: 60, idleMs: 5_000 },
  });

  expect(failure).toMatchObject({ kind: 'acquisition', code: 'connect-timeout' });
  mute.close();
});
