// Through a proxy, around it, and what is said when it refuses.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority } from './certificates.ts';
import { type FaultyServer, archive, cutAt, sha256, startFaultyServer } from './faulty-server.ts';
import { everythingSaid, openHarness } from './harness.ts';
import { type ProxyNature, type RecordingProxy, startProxy } from './recording-proxy.ts';

const credentials = { user: 'proxy-user', password: 'proxy/pa55' };

let authority: Authority;
let secure: FaultyServer;
beforeAll(async () => {
  authority = createAuthority();
  secure = await startFaultyServer(authority.issue());
});
afterAll(async () => {
  await secure.close();
  authority.remove();
});

async function through<T>(nature: ProxyNature, use: (proxy: RecordingProxy) => Promise<T>): Promise<T> {
  const proxy = await startProxy(nature);
  try {
    return await use(proxy);
  } finally {
    await proxy.close();
  }
}

describe('https through a proxy', () => {
  test('is tunnelled with CONNECT, and the proxy sees no header of the request', async () => {
    await using harness = await openHarness();
    await through({}, async (proxy) => {
      const url = secure.url('/sound');
      const downloaded = await harness.download(url, { caPem: authority.pem, proxies: { https: proxy.url } });

      expect(downloaded.sha256).toBe(sha256(archive));
      expect(proxy.seen).toMatchObject([{ method: 'CONNECT', target: url.host }]);
      expect(proxy.seen[0]?.headers['authorization']).toBeUndefined();
    });
  });

  test('sends the credentials of the proxy to the proxy only', async () => {
    await using harness = await openHarness();
    await through({ credentials }, async (proxy) => {
      const before = secure.seen.length;
      await harness.download(secure.url('/sound'), { caPem: authority.pem, proxies: { https: proxy.url } });

      expect(proxy.seen[0]?.headers['proxy-authorization']).toMatch(/^Basic /);
      expect(secure.seen[before]?.headers['proxy-authorization']).toBeUndefined();
      expect(harness.lines.join('\n')).not.toContain('pa55');
    });
  });

  test('works through a proxy that itself speaks TLS under our authority', async () => {
    await using harness = await openHarness();
    await through({ credentials, identity: authority.issue() }, async (proxy) => {
      const downloaded = await harness.download(secure.url('/sound'), {
        caPem: authority.pem,
        proxies: { https: proxy.url },
      });

      expect(downloaded.sha256).toBe(sha256(archive));
      expect(proxy.seen).toHaveLength(1);
    });
  });

  test('is continued through a new tunnel when cut', async () => {
    await using harness = await openHarness();
    await through({}, async (proxy) => {
      const downloaded = await harness.download(secure.url('/cut-once'), {
        caPem: authority.pem,
        proxies: { https: proxy.url },
      });

      expect(downloaded.sha256).toBe(sha256(archive));
      expect(secure.seen.at(-1)?.headers.range).toBe(`bytes=${cutAt}-`);
      expect(proxy.seen).toHaveLength(2);
    });
  });

  test('fails without a second try when the proxy wants other credentials', async () => {
    await using harness = await openHarness();
    await through({ credentials }, async (proxy) => {
      const wrong = proxy.withoutCredentials.replace('//', '//proxy-user:wr0ng@');
      const failure = await harness.failure(secure.url('/sound'), { proxies: { https: wrong } });

      expect(failure).toMatchObject({ kind: 'acquisition', code: 'proxy-unauthorized' });
      expect(proxy.seen).toHaveLength(1);
      expect(`${harness.lines.join('\n')}${everythingSaid(failure)}`).not.toMatch(/wr0ng|proxy-user/);
    });
  });

  test('takes no redirect and no body from a proxy that refuses the tunnel', async () => {
    await using harness = await openHarness();
    const refusal = `302 Found\r\nLocation: ${harness.server.url('/sound').href}`;
    await through({ refusal }, async (proxy) => {
      const failure = await harness.failure(secure.url('/sound'), { proxies: { https: proxy.url } });

      expect(failure).toMatchObject({ kind: 'acquisition', code: 'proxy-refused' });
      expect(harness.server.seen).toEqual([]);
    });
  });

  test('is tried again when the proxy says 503', async () => {
    await using harness = await openHarness();
    await through({ refusal: '503 Busy\r\nRetry-After: 7' }, async (proxy) => {
      const failure = await harness.failure(secure.url('/sound'), { proxies: { https: proxy.url } });

      expect(failure.message).toContain('gave up after 3 attempts');
      expect(harness.pauses[0]).toBeGreaterThanOrEqual(7_000);
      expect(proxy.seen).toHaveLength(3);
    });
  });
});

describe('http through a proxy', () => {
  test('sends the whole URL in the request line, with the credentials of both', async () => {
    await using harness = await openHarness();
    await through({ credentials }, async (proxy) => {
      const url = harness.server.url('/private?a=b');
      const own = new URL(url);
      own.username = 'mirror-user';
      const downloaded = await harness.download(own, { proxies: { http: proxy.url } });

      expect(downloaded.sha256).toBe(sha256(archive));
      expect(proxy.seen).toMatchObject([{ method: 'GET', target: url.href, headers: { host: url.host } }]);
      expect(harness.server.seen[0]?.headers.authorization).toBe(`Basic ${btoa('mirror-user:')}`);
    });
  });

  test('fails without a second try at 407', async () => {
    await using harness = await openHarness();
    await through({ credentials }, async (proxy) => {
      const failure = await harness.failure(harness.server.url('/sound'), {
        proxies: { http: proxy.withoutCredentials },
      });

      expect(failure.code).toBe('proxy-unauthorized');
      expect(harness.server.seen).toEqual([]);
    });
  });

  test('names the proxy when it is the proxy that is not there', async () => {
    await using harness = await openHarness();
    const proxy = await startProxy();
    await proxy.close();

    const failure = await harness.failure(harness.server.url('/sound'), { proxies: { http: proxy.url } });

    expect(failure).toMatchObject({ kind: 'acquisition', code: 'refused' });
    expect(failure.message).toContain(`at the proxy ${proxy.url}`);
  });
});

test.for(['127.0.0.1', '127.0.0.0/8', '*', 'example.org, 127.0.0.1'])(
  'NO_PROXY=%s leads around the proxy',
  async (noProxy) => {
    await using harness = await openHarness();
    await through({}, async (proxy) => {
      await harness.download(harness.server.url('/sound'), { proxies: { http: proxy.url, noProxy } });

      expect(proxy.seen).toEqual([]);
      expect(harness.server.seen).toHaveLength(1);
    });
  },
);

test('a redirect is judged by NO_PROXY anew', async () => {
  await using harness = await openHarness();
  await through({}, async (proxy) => {
    const url = harness.server.url('/redirect');
    url.searchParams.set('to', secure.url('/sound').href);
    await harness.download(url, {
      caPem: authority.pem,
      proxies: { http: proxy.url, https: proxy.url, noProxy: harness.server.url('/').host },
    });

    expect(proxy.seen).toMatchObject([{ method: 'CONNECT', target: secure.url('/').host }]);
  });
});

test.for(['socks5://127.0.0.1:1', 'http://user:s3cret@', 'http://us er:s3/cret@host:99999'])(
  'the proxy %s is a usage error that does not repeat its password',
  async (value) => {
    await using harness = await openHarness();
    const failure = await harness.failure(harness.server.url('/sound'), { proxies: { http: value } });

    expect(failure).toMatchObject({ kind: 'usage', code: 'proxy-invalid' });
    expect(everythingSaid(failure)).not.toMatch(/s3|cret/);
  },
);
