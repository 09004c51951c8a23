// What is tried again, after which pause, and how the end is told.

import { describe, expect, test } from 'vitest';
import { archive, sha256 } from './faulty-server.ts';
import { failureOf, openHarness, startMs } from './harness.ts';
import { download } from '../../src/http/download.ts';

describe('a failing server', () => {
  test.for([408, 425, 429, 500, 502, 503, 504])('is asked again after %i', async (status) => {
    await using harness = await openHarness();
    const downloaded = await harness.download(harness.server.url(`/then-sound?status=${status}`));

    expect(harness.server.seen).toHaveLength(2);
    expect(harness.pauses).toHaveLength(1);
    expect(downloaded.sha256).toBe(sha256(archive));
  });

  test.for([
    [400, 'http-status'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [410, 'not-found'],
  ] as const)('is not asked again after %i', async ([status, code]) => {
    await using harness = await openHarness();
    const failure = await harness.failure(harness.server.url(`/then-sound?status=${status}`));

    expect(failure).toMatchObject({ kind: 'acquisition', code });
    expect(failure.message).toContain(`HTTP ${status}`);
    expect(harness.server.seen).toHaveLength(1);
    expect(harness.pauses).toEqual([]);
  });

  test('is asked exactly once with no retries', async () => {
    await using harness = await openHarness();
    const failure = await harness.failure(harness.server.url('/then-sound?status=503'), { retries: 0 });

    expect(failure).toMatchObject({ kind: 'acquisition', code: 'http-status' });
    expect(harness.server.seen).toHaveLength(1);
  });

  test('is asked retries + 1 times, and the failure tells how often and keeps each reason', async () => {
    await using harness = await openHarness();
    const failure = await harness.failure(harness.server.url('/then-sound?status=503&failures=99'), {
      retries: 3,
    });

    expect(harness.server.seen).toHaveLength(4);
    expect(failure.message).toContain('gave up after 4 attempts');
    expect(failure.message).toContain('HTTP 503');
    expect((failure.cause as AggregateError).errors).toHaveLength(4);
    expect(harness.lines.filter((line) => line.includes('HTTP 503'))).toHaveLength(4);
  });

  test('is left more and more time, half of each window with this random source', async () => {
    await using harness = await openHarness();
    await harness.failure(harness.server.url('/then-sound?status=500&failures=99'), { retries: 6 });

    expect(harness.pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  test.for([429, 503])('that says it is overloaded (%i) is left more time at once', async (status) => {
    await using harness = await openHarness();
    await harness.failure(harness.server.url(`/then-sound?status=${status}&failures=99`), { retries: 3 });

    expect(harness.pauses).toEqual([4_000, 8_000, 15_000]);
  });

  test('that is not there is tried again and named', async () => {
    await using harness = await openHarness();
    const { server } = harness;
    const url = server.url('/sound');
    await server.close();

    const failure = await harness.failure(url);

    expect(failure).toMatchObject({ kind: 'acquisition', code: 'refused' });
    expect(failure.message).toContain('ECONNREFUSED');
    expect(harness.pauses).toHaveLength(2);
  });
});

describe('Retry-After', () => {
  test('in seconds is never undercut, and spread', async () => {
    await using harness = await openHarness();
    await harness.download(harness.server.url('/then-sound?status=429&retry-after=60'));

    expect(harness.pauses).toEqual([90_000]);
  });

  test('as a date counts from the server clock, however wrong ours is', async () => {
    await using harness = await openHarness();
    const date = encodeURIComponent('Sun, 06 Nov 1994 08:49:00 GMT');
    const later = encodeURIComponent('Sun, 06 Nov 1994 08:49:40 GMT');

    await harness.download(harness.server.url(`/then-sound?status=503&retry-after=${later}&date=${date}`));

    expect(harness.pauses).toEqual([60_000]);
  });

  test('is bounded', async () => {
    await using harness = await openHarness();
    await harness.download(harness.server.url('/then-sound?status=503&retry-after=86400'), {
      timing: { totalMs: 600_000 },
    });

    expect(harness.pauses).toEqual([180_000]);
  });

  test('beyond the deadline ends the download at once instead of waiting in vain', async () => {
    await using harness = await openHarness();
    const failure = await harness.failure(harness.server.url('/then-sound?status=503&retry-after=60'), {
      timing: { totalMs: 50_000 },
    });

    expect(failure.message).toContain('after the deadline');
    expect(harness.pauses).toEqual([]);
    expect(harness.server.seen).toHaveLength(1);
  });

  test('shortly before the deadline leaves some time for the attempt', async () => {
    await using harness = await openHarness();
    await harness.download(harness.server.url('/then-sound?status=503&retry-after=60'), {
      timing: { totalMs: 70_000 },
    });

    expect(harness.pauses).toEqual([65_000]);
  });

  test('that is garbage counts as none', async () => {
    await using harness = await openHarness();
    await harness.download(harness.server.url('/then-sound?status=503&retry-after=soon'));

    expect(harness.pauses).toEqual([4_000]);
  });
});

test('the pauses never pass the deadline of the whole download', async () => {
  await using harness = await openHarness();
  await harness.failure(harness.server.url('/then-sound?status=503&failures=99'), {
    retries: 50,
    timing: { totalMs: 60_000 },
  });

  expect(harness.effects.now() - startMs).toBeLessThan(60_000);
});

test('an abort during a pause ends it with the reason of the signal', async () => {
  await using harness = await openHarness();
  const stop = new AbortController();
  const reason = new Error('SIGTERM');
  const sleep = async (): Promise<void> => {
    stop.abort(reason);
    throw new Error('the sleeper was woken');
  };
  const request = harness.request(harness.server.url('/then-sound?status=503'));

  const ended = await failureOf(download(request, { ...harness.effects, sleep, signal: stop.signal }));

  expect(ended).toBe(reason);
});
