// A cut download is continued where that is safe, and begun anew where it is not.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { download } from '../../src/http/download.ts';
import {
  archive,
  cutAt,
  etag,
  lastModified,
  onDiskAtCut,
  reReleased,
  sha256,
  userAgent,
} from './faulty-server.ts';
import { failureOf, type Harness, openHarness } from './harness.ts';
import { discardPartial } from '../../src/http/partial/partial-file.ts';

const rangesSeen = ({ server }: Harness) => server.seen.map(({ headers }) => headers.range);

/** Leaves what a run leaves whose body was cut. */
async function leavePartial(harness: Harness, path: string): Promise<void> {
  await harness.failure(harness.server.url(path), { retries: 0 });
  expect((await stat(harness.partialPath)).size).toBe(cutAt);
}

describe('a body that is cut', () => {
  test('is continued from its last byte, under the ETag it began with', async () => {
    await using harness = await openHarness();
    const downloaded = await harness.download(harness.server.url('/cut-once'));

    expect(downloaded).toMatchObject({ bytes: archive.length, resumedFrom: 0 });
    expect(harness.pauses).toHaveLength(1);
    expect(downloaded.sha256).toBe(sha256(archive));
    expect(await readFile(harness.partialPath)).toEqual(archive);
    expect(rangesSeen(harness)).toEqual([undefined, `bytes=${cutAt}-`]);
    expect(harness.server.seen[1]?.headers['if-range']).toBe(etag);
  });

  test('is continued under Last-Modified where the server has no ETag', async () => {
    await using harness = await openHarness();
    const downloaded = await harness.download(harness.server.url('/last-modified-only'));

    expect(downloaded.sha256).toBe(sha256(archive));
    expect(harness.server.seen[1]?.headers['if-range']).toBe(lastModified);
  });

  test('is not continued under a weak ETag, which promises no equal bytes', async () => {
    await using harness = await openHarness();
    const downloaded = await harness.download(harness.server.url('/weak-etag-only'));

    expect(downloaded.sha256).toBe(sha256(archive));
    expect(rangesSeen(harness)).toEqual([undefined, undefined]);
  });

  test('fails with the number of attempts and the bytes that came, when it is cut each time', async () => {
    await using harness = await openHarness();
    const failure = await harness.failure(harness.server.url('/cut-always'));

    expect(failure).toMatchObject({ kind: 'acquisition', exitStatus: 3 });
    expect(failure.message).toContain('gave up after 3 attempts');
    expect((failure.cause as AggregateError).errors).toHaveLength(3);
    expect(harness.lines.filter((line) => line.startsWith('warn:'))).toHaveLength(3);
    expect((await stat(harness.partialPath)).size).toBe(cutAt);
  });
});

describe('what an earlier run left', () => {
  test('is continued by the next call', async () => {
    await using harness = await openHarness();
    await leavePartial(harness, '/cut-once');

    const downloaded = await harness.download(harness.server.url('/cut-once'));

    expect(downloaded).toMatchObject({ bytes: archive.length, resumedFrom: cutAt });
    expect(harness.pauses).toEqual([]);
    expect(downloaded.sha256).toBe(sha256(archive));
    expect(rangesSeen(harness)).toEqual([undefined, `bytes=${cutAt}-`]);
  });

  test('is continued after the process was killed in the middle of the body', async () => {
    await using harness = await openHarness();
    const { server, partialPath } = harness;
    const job = JSON.stringify({ url: server.url('/silent-after-first-bytes').href, partialPath, userAgent });
    const child = spawn(process.execPath, [`${import.meta.dirname}/download-process.ts`, job], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const gone = once(child, 'exit');
    await expect
      .poll(
        () =>
          stat(partialPath).then(
            ({ size }) => size,
            () => 0,
          ),
        { timeout: 8_000 },
      )
      .toBe(onDiskAtCut);
    child.kill('SIGKILL');
    await gone;
    // The same file, now behind a route that answers.
    const sidecar = await readFile(`${partialPath}.json`, 'utf8');
    await writeFile(`${partialPath}.json`, sidecar.replace('/silent-after-first-bytes', '/sound'));

    const downloaded = await harness.download(server.url('/sound'));

    expect(downloaded).toMatchObject({ bytes: archive.length, resumedFrom: onDiskAtCut });
    expect(downloaded.sha256).toBe(sha256(archive));
  }, 15_000);

  test('is stopped at once by an abort and stays usable', async () => {
    await using harness = await openHarness();
    const { server, effects, partialPath } = harness;
    const stop = new AbortController();
    const reason = new Error('SIGTERM');
    const request = harness.request(server.url('/silent-after-first-bytes'));
    const stopped = failureOf(download(request, { ...effects, signal: stop.signal }));
    await expect
      .poll(() =>
        stat(partialPath).then(
          ({ size }) => size,
          () => 0,
        ),
      )
      .toBe(onDiskAtCut);

    stop.abort(reason);

    expect(await stopped).toBe(reason);
    expect((await stat(partialPath)).size).toBe(cutAt);
    expect(JSON.parse(await readFile(`${partialPath}.json`, 'utf8'))).toMatchObject({
      etag,
      totalBytes: archive.length,
    });
  });

  test('of another URL is not continued', async () => {
    await using harness = await openHarness();
    await leavePartial(harness, '/cut-once');

    const downloaded = await harness.download(harness.server.url('/sound'));

    expect(downloaded).toMatchObject({ resumedFrom: 0 });
    expect(downloaded.sha256).toBe(sha256(archive));
    expect(rangesSeen(harness)).toEqual([undefined, undefined]);
  });

  test.for(['', '{"schema":1,"url":', 'null', '{"schema":99}'])(
    'is not continued with the sidecar %j',
    async (sidecar) => {
      await using harness = await openHarness();
      await leavePartial(harness, '/cut-once');
      await writeFile(`${harness.partialPath}.json`, sidecar);

      const downloaded = await harness.download(harness.server.url('/cut-once'));

      expect(downloaded).toMatchObject({ bytes: archive.length, resumedFrom: 0 });
      expect(rangesSeen(harness)).toEqual([undefined, undefined]);
    },
  );

  test('as a whole, longer or equal to the archive, is fetched anew', async () => {
    await using harness = await openHarness();
    await harness.download(harness.server.url('/sound'));

    const downloaded = await harness.download(harness.server.url('/sound'));

    expect(downloaded).toMatchObject({ bytes: archive.length, resumedFrom: 0 });
    expect(harness.server.seen).toHaveLength(2);
    expect(downloaded.sha256).toBe(sha256(archive));
  });

  test('is gone after discardPartial', async () => {
    await using harness = await openHarness();
    await leavePartial(harness, '/cut-once');

    discardPartial(harness.partialPath);
    discardPartial(harness.partialPath);

    expect(await readdir(dirname(harness.partialPath))).toEqual([]);
  });
});

describe('a resumption that goes wrong', () => {
  test('takes the whole where the server answers 200 instead of 206', async () => {
    await using harness = await openHarness();
    await leavePartial(harness, '/whole-instead-of-rest');

    const downloaded = await harness.download(harness.server.url('/whole-instead-of-rest'), { retries: 0 });

    expect(downloaded).toMatchObject({ bytes: archive.length, resumedFrom: 0 });
    expect(harness.server.seen).toHaveLength(2);
    expect(downloaded.sha256).toBe(sha256(archive));
  });

  test('takes the new archive where the ETag changed', async () => {
    await using harness = await openHarness();
    await leavePartial(harness, '/changed-etag');

    const downloaded = await harness.download(harness.server.url('/changed-etag'), { retries: 0 });

    expect(downloaded.sha256).toBe(sha256(reReleased));
    expect(await readFile(harness.partialPath)).toEqual(reReleased);
  });

  test.for([
    ['a 206 with the wrong range', '/wrong-range', archive],
    ['a 206 that names no range', '/range-without-content-range', archive],
    [
      'a 206 of a file that has changed, from a server that ignores If-Range',
      '/changed-etag-but-206',
      reReleased,
    ],
    ['416', '/unsatisfiable', archive],
  ] as const)('starts over without Range after %s, even with no retries left', async ([, path, expected]) => {
    await using harness = await openHarness();
    await leavePartial(harness, path);

    const downloaded = await harness.download(harness.server.url(path), { retries: 0 });

    expect(downloaded).toMatchObject({ bytes: archive.length, resumedFrom: 0 });
    expect(harness.pauses).toEqual([]);
    expect(downloaded.sha256).toBe(sha256(expected));
    expect(await readFile(harness.partialPath)).toEqual(expected);
    expect(rangesSeen(harness)).toEqual([undefined, `bytes=${cutAt}-`, undefined]);
  });

  test('starts over where the rest is longer than its range says', async () => {
    await using harness = await openHarness();
    const downloaded = await harness.download(harness.server.url('/longer-than-its-range'));

    expect(downloaded.sha256).toBe(sha256(archive));
    expect(rangesSeen(harness)).toEqual([undefined, `bytes=${cutAt}-`, undefined]);
  });
});
