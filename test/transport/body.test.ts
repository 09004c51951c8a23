// What may be wrong with a body, and what comes of it.

import { readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { download } from '../../src/http/download.ts';
import { archive, cutAt, maxBytesInTests, sha256 } from './faulty-server.ts';
import { openHarness } from './harness.ts';

test('a sound body is stored and hashed', async () => {
  await using harness = await openHarness();
  const downloaded = await harness.download(harness.server.url('/sound'), { algorithms: ['sha512'] });

  expect(downloaded).toEqual({
    bytes: archive.length,
    resumedFrom: 0,
    sha256: sha256(archive),
    sha512: createHash('sha512').update(archive).digest('hex'),
  });
  expect(await readFile(harness.partialPath)).toEqual(archive);
  expect(harness.server.seen).toHaveLength(1);
});

test.for([
  ['by its Content-Length', '/too-large-declared'],
  ['by the bytes that come', '/too-large-undeclared'],
] as const)('a body beyond the bound, %s, is refused and nothing of it is kept', async ([, path]) => {
  await using harness = await openHarness();
  const failure = await harness.failure(harness.server.url(path));

  expect(failure).toMatchObject({ kind: 'acquisition', code: 'body-too-large' });
  expect(failure.message).toContain(String(maxBytesInTests));
  expect(harness.server.seen).toHaveLength(1);
  expect(await readdir(dirname(harness.partialPath))).toEqual([]);
});

test('an empty body is a failure of its own', async () => {
  await using harness = await openHarness();
  const failure = await harness.failure(harness.server.url('/empty'));

  expect(failure).toMatchObject({ kind: 'acquisition', code: 'body-empty' });
});

test('204 is no archive', async () => {
  await using harness = await openHarness();
  const failure = await harness.failure(harness.server.url('/no-content'));

  expect(failure.message).toContain('HTTP 204');
});

test('a Content-Encoding that was not asked for is taken as a label, and said', async () => {
  await using harness = await openHarness();
  const downloaded = await harness.download(harness.server.url('/labelled-gzip'));

  expect(downloaded.sha256).toBe(sha256(archive));
  expect(harness.lines.join('')).toContain('labelled as gzip');
});

test('a connection that breaks right after the last byte loses nothing', async () => {
  await using harness = await openHarness();
  const downloaded = await harness.download(harness.server.url('/rest-without-last-chunk'), { retries: 1 });

  expect(downloaded.sha256).toBe(sha256(archive));
});

test('a chunked body without its last chunk is a cut body', async () => {
  await using harness = await openHarness();
  const failure = await harness.failure(harness.server.url('/unframed-cut'), { retries: 0 });

  expect(failure).toMatchObject({ kind: 'acquisition', code: 'body-cut' });
  expect(failure.message).toContain(String(cutAt));
});

test('a symbolic link in the place of the partial file is not written through', async () => {
  await using harness = await openHarness();
  const elsewhere = `${harness.partialPath}.elsewhere`;
  await writeFile(elsewhere, 'precious');
  await symlink(elsewhere, harness.partialPath);

  const failure = await harness.failure(harness.server.url('/sound'));

  expect(failure).toMatchObject({ kind: 'node', exitStatus: 6 });
  expect(harness.server.seen.length).toBeLessThanOrEqual(1);
});

test('a directory that is not there is the fault of the node, told once', async () => {
  await using harness = await openHarness();
  const failure = await harness.failure(harness.server.url('/sound'), {
    partialPath: `${dirname(harness.partialPath)}/absent/archive.part`,
  });

  expect(failure).toMatchObject({ kind: 'node' });
  expect(failure.message).toContain('ENOENT');
  expect(harness.server.seen).toHaveLength(1);
});

test('progress is shown while the bytes come', async () => {
  await using harness = await openHarness();
  const shown: string[] = [];
  let nowMs = 0;
  const effects = {
    ...harness.effects,
    now: () => (nowMs += 100),
    progress: { everyMs: 50, show: (line: string) => shown.push(line) },
  };

  await download(harness.request(harness.server.url('/sound')), effects);

  expect(shown.length).toBeGreaterThan(2);
  expect(shown[0]).toMatch(/^downloading \d+% of 0\.7 MB, \d+\.\d MB\/s, \d+ s left$/);
});
