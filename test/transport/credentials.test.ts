// Credentials reach the host they are for, and nobody else: no other host, no log line, no message, no file.

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createAuthority } from './certificates.ts';
import { archive, sha256, startFaultyServer } from './faulty-server.ts';
import { everythingSaid, type Harness, openHarness } from './harness.ts';

const password = 'pa55/word:%';
const expected = `Basic ${btoa(`qperat0r:${password}`)}`;

function withCredentials(url: URL): URL {
  const own = new URL(url);
  own.username = 'qperat0r';
  own.password = password;
  return own;
}

function expectSecret(harness: Harness, alsoSaid = ''): void {
  const said = [...harness.lines, alsoSaid].join('\n');
  for (const secret of [
    password,
    encodeURIComponent(password),
    'pa55',
    btoa(`qperat0r:${password}`),
    'qperat0r',
  ]) {
    expect(said).not.toContain(secret);
  }
}

const authorizations = (server: Harness['server']) => server.seen.map(({ headers }) => headers.authorization);

describe('credentials in the URL', () => {
  test('are sent as Basic and said nowhere', async () => {
    await using harness = await openHarness();
    const downloaded = await harness.download(withCredentials(harness.server.url('/private')));

    expect(downloaded.sha256).toBe(sha256(archive));
    expect(authorizations(harness.server)).toEqual([expected]);
    expectSecret(harness, await readFile(`${harness.partialPath}.json`, 'utf8'));
  });

  test('go along a redirect on the same host', async () => {
    await using harness = await openHarness();
    await harness.download(withCredentials(harness.server.url('/redirect?to=/private')));

    expect(authorizations(harness.server)).toEqual([expected, expected]);
  });

  test('do not go to another host, and do not come back from there', async () => {
    await using harness = await openHarness();
    const other = await startFaultyServer();
    try {
      const back = encodeURIComponent(harness.server.url('/sound').href);
      const there = encodeURIComponent(other.url(`/redirect?to=${back}`).href);
      await harness.download(withCredentials(harness.server.url(`/redirect?to=${there}`)));

      expect(authorizations(harness.server)).toEqual([expected, undefined]);
      expect(authorizations(other)).toEqual([undefined]);
    } finally {
      await other.close();
    }
  });

  test('in a Location are not used', async () => {
    await using harness = await openHarness();
    const target = withCredentials(harness.server.url('/sound'));

    await harness.download(harness.server.url(`/redirect?to=${encodeURIComponent(target.href)}`));

    expect(authorizations(harness.server)).toEqual([undefined, undefined]);
  });

  test.for([
    '/then-sound?status=404',
    '/then-sound?status=503&failures=99',
    '/redirect-loop',
    '/cut-always',
    '/too-large-declared',
    '/empty',
  ])('are in no log line and no part of the failure of %s', async (path) => {
    await using harness = await openHarness();
    const failure = await harness.failure(withCredentials(harness.server.url(path)));

    expect(failure.message).toContain('127.0.0.1');
    expectSecret(harness, everythingSaid(failure));
  });
});

test('a presigned URL is followed, and its signature said nowhere', async () => {
  await using harness = await openHarness();
  const signed = encodeURIComponent('/then-sound?status=403&X-Amz-Signature=c0ffee&sv=2024');

  const failure = await harness.failure(harness.server.url(`/redirect?to=${signed}`));

  expect(harness.server.seen[1]?.target).toContain('X-Amz-Signature=c0ffee');
  expect(`${harness.lines.join('\n')}${everythingSaid(failure)}`).not.toContain('=c0ffee');
});

describe('redirects', () => {
  test('are followed, relative ones too', async () => {
    await using harness = await openHarness();
    const downloaded = await harness.download(harness.server.url('/redirect?to=../sound'));

    expect(harness.server.seen).toHaveLength(2);
    expect(harness.pauses).toEqual([]);
    expect(downloaded.sha256).toBe(sha256(archive));
  });

  test('end after five', async () => {
    await using harness = await openHarness();
    const failure = await harness.failure(harness.server.url('/redirect-loop'));

    expect(failure).toMatchObject({ kind: 'acquisition', code: 'redirect-refused' });
    expect(harness.server.seen).toHaveLength(6);
  });

  test.for(['/redirect-nowhere', '/redirect?to=ftp://127.0.0.1/x', '/redirect?to=file:///etc/passwd'])(
    'like %s are refused',
    async (path) => {
      await using harness = await openHarness();
      const failure = await harness.failure(harness.server.url(path));

      expect(failure).toMatchObject({ kind: 'acquisition', code: 'redirect-refused' });
    },
  );

  test('never lead from https to http', async () => {
    await using harness = await openHarness();
    const authority = createAuthority();
    const secure = await startFaultyServer(authority.issue());
    try {
      const plain = encodeURIComponent(harness.server.url('/sound').href);
      const failure = await harness.failure(secure.url(`/redirect?to=${plain}`), { caPem: authority.pem });

      expect(failure).toMatchObject({ kind: 'acquisition', code: 'redirect-refused' });
      expect(harness.server.seen).toEqual([]);
    } finally {
      await secure.close();
      authority.remove();
    }
  });

  test('may lead from http to https', async () => {
    await using harness = await openHarness();
    const authority = createAuthority();
    const secure = await startFaultyServer(authority.issue());
    try {
      const target = encodeURIComponent(secure.url('/sound').href);
      const downloaded = await harness.download(harness.server.url(`/redirect?to=${target}`), {
        caPem: authority.pem,
      });

      expect(downloaded.sha256).toBe(sha256(archive));
    } finally {
      await secure.close();
      authority.remove();
    }
  });
});
