// Whom we trust over TLS, and what is said when we do not.

import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority, selfSigned } from './certificates.ts';
import { archive, sha256, startFaultyServer } from './faulty-server.ts';
import { openHarness } from './harness.ts';
import { startProxy } from './recording-proxy.ts';

let authority: Authority;
beforeAll(() => {
  authority = createAuthority();
});
afterAll(() => authority.remove());

async function serving<T>(
  identity: Parameters<typeof startFaultyServer>[0],
  use: (url: URL) => Promise<T>,
): Promise<T> {
  const server = await startFaultyServer(identity);
  try {
    return await use(server.url('/sound'));
  } finally {
    await server.close();
  }
}

describe('a server of an authority of our own', () => {
  test('is refused without it, once, with the way out', async () => {
    await using harness = await openHarness();
    const failure = await serving(authority.issue(), (url) => harness.failure(url));

    expect(failure).toMatchObject({ kind: 'acquisition', code: 'tls-unknown-authority' });
    expect(failure.hint).toContain('--ca-file');
    expect(harness.pauses).toEqual([]);
  });

  test('is accepted with it', async () => {
    await using harness = await openHarness();
    const caPem = `a comment\n${authority.pem}`;
    const downloaded = await serving(authority.issue(), (url) => harness.download(url, { caPem }));

    expect(downloaded.sha256).toBe(sha256(archive));
  });
});

describe('a server of an authority that is not our own', () => {
  test('is accepted where Node has it built in, and so is a proxy that speaks TLS', async () => {
    const ours = createAuthority();
    const builtIn = tls.getCACertificates('default');
    tls.setDefaultCACertificates([...builtIn, authority.pem]);
    const proxy = await startProxy({ identity: authority.issue() });
    try {
      await using harness = await openHarness();
      const downloaded = await serving(authority.issue(), (url) =>
        harness.download(url, { caPem: ours.pem, proxies: { https: proxy.url } }),
      );

      expect(downloaded.sha256).toBe(sha256(archive));
      expect(harness.pauses).toEqual([]);
    } finally {
      tls.setDefaultCACertificates(builtIn);
      ours.remove();
      await proxy.close();
    }
  });

  test('is refused where nobody vouches for it, neither ours nor a built-in one', async () => {
    const ours = createAuthority();
    await using harness = await openHarness();
    const failure = await serving(authority.issue(), (url) => harness.failure(url, { caPem: ours.pem }));
    ours.remove();

    expect(failure).toMatchObject({ kind: 'acquisition', code: 'tls-unknown-authority' });
  });
});

test('a self-signed server is named as such', async () => {
  await using harness = await openHarness();
  const failure = await serving(selfSigned(), (url) => harness.failure(url));

  expect(failure).toMatchObject({ code: 'tls-self-signed' });
  expect(failure.message).toContain('self-signed');
});

test('a certificate for another name is named as such', async () => {
  await using harness = await openHarness();
  const elsewhere = authority.issue({ names: 'DNS:elsewhere.example' });
  const failure = await serving(elsewhere, (url) => harness.failure(url, { caPem: authority.pem }));

  expect(failure.code).toBe('tls-name-mismatch');
});

test('an expired certificate sends the operator to the clock', async () => {
  await using harness = await openHarness();
  const expired = authority.issue({ days: -1 });
  const failure = await serving(expired, (url) => harness.failure(url, { caPem: authority.pem }));

  expect(failure.code).toBe('tls-expired');
  expect(failure.hint).toContain('clock');
});

test('https towards a port that speaks http is named as such', async () => {
  await using harness = await openHarness();
  const url = harness.server.url('/sound');
  const failure = await harness.failure(new URL(url.href.replace('http:', 'https:')));

  expect(failure.code).toBe('tls-not-spoken');
});

test.for(['', 'no certificate here', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
  'extra authorities without a readable certificate (%j) are a usage error, not the server fault',
  async (caPem) => {
    await using harness = await openHarness();
    const failure = await harness.failure(harness.server.url('/sound'), { caPem });

    expect(failure).toMatchObject({ kind: 'usage', code: 'ca-file-invalid' });
    expect(harness.server.seen).toEqual([]);
  },
);
