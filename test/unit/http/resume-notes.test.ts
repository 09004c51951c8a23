// Which notes of an earlier run are believed: a download that goes on from wrong ones is at best begun anew.

import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { discardNotes, readNotes, writeNotes } from '../../../src/http/partial/resume-notes.ts';

const url = new URL('https://operator:pa55@mirror.example/archive.tgz');
const address = 'https://***@mirror.example/archive.tgz';
const sound = { schema: 1, url: address, etag: '"one"', lastModified: 'Wed', totalBytes: 7 };

async function read(text: string): Promise<unknown> {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'notes-'));
  const partialPath = join(directory.path, 'archive.partial');
  writeFileSync(`${partialPath}.json`, text);
  return await readNotes(partialPath, url);
}

it('what was noted is read again, without the credentials of the address, until it is discarded', async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'notes-'));
  const partialPath = join(directory.path, 'archive.partial');
  const representation = { etag: '"one"', lastModified: undefined, totalBytes: 7, contentType: 'text/html' };

  writeNotes(partialPath, url, representation);

  expect(await readNotes(partialPath, url)).toEqual(representation);
  expect(readFileSync(`${partialPath}.json`, 'utf8')).not.toContain('pa55');
  discardNotes(partialPath);
  expect(await readNotes(partialPath, url)).toBeUndefined();
});

it.each([
  '',
  'null',
  '[]',
  '{"schema":1,"url":',
  JSON.stringify({ ...sound, schema: 2 }),
  JSON.stringify({ ...sound, schema: '1' }),
  JSON.stringify({ ...sound, url: undefined }),
  JSON.stringify({ ...sound, url: 'https://mirror.example/archive.tgz' }),
])('%j is about nothing that could be continued', async (text) => {
  expect(await read(text)).toBeUndefined();
});

it.each<[fact: object, read: object]>([
  [{}, {}],
  [{ etag: '"one"\r\nHost: elsewhere' }, { etag: undefined }],
  [{ etag: 1 }, { etag: undefined }],
  [{ etag: '' }, { etag: undefined }],
  [{ lastModified: null }, { lastModified: undefined }],
  [{ lastModified: 'käse' }, { lastModified: undefined }],
  [{ totalBytes: '7' }, { totalBytes: undefined }],
  [{ totalBytes: -1 }, { totalBytes: undefined }],
  [{ totalBytes: 1.5 }, { totalBytes: undefined }],
])('of notes with %j, only what can be sent or counted with is taken', async (fact, expected) => {
  const { etag, lastModified, totalBytes } = sound;
  expect(await read(JSON.stringify({ ...sound, ...fact }))).toEqual({
    etag,
    lastModified,
    totalBytes,
    ...expected,
  });
});
