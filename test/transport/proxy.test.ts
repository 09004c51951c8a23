// Through a proxy, around it, and what is said when it refuses.

import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority, selfSigned } from './certificates.ts';
import { type FaultyServer, archive, cutAt, sha256, startFaultyServer } from './faulty-server.ts';
import { everythingSaid, type Harness, openHarness } from './harness.ts';
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
  test('works through a proxy that itself speaks TLS under our authority', async () => {
    await using harness = await openHarness();
    await through({ credentials, identity: authority.issue() }, async (proxy) => {
      const downloaded = await harness.download(harness.server.url('/sound'), {
        caPem: authority.pem,
        proxies: { http: proxy.url },
      });

      expect(downloaded.sha256).toBe(sha256(archive));
      expect(proxy.seen).toHaveLength(1);
    });
  });

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

describe.each(['http', 'https'] as const)('a proxy for %s', (scheme) => {
  const serverOf = (harness: Harness) => (scheme === 'http' ? harness.server : secure);

  test('that speaks TLS under an authority of its own is named, not the server behind it', async () => {
    await using harness = await openHarness();
    await through({ identity: selfSigned() }, async (proxy) => {
      const failure = await harness.failure(serverOf(harness).url('/sound'), {
        caPem: authority.pem,
        proxies: { [scheme]: proxy.url },
      });

      expect(failure).toMatchObject({ kind: 'acquisition', code: 'tls-self-signed' });
      expect(failure.message).toContain(`at the proxy ${proxy.url}`);
      expect(proxy.seen).toEqual([]);
    });
  });

  test('may have a password with a lone percent sign', async () => {
    await using harness = await openHarness();
    await through({ credentials: { user: 'operator', password: '50%' } }, async (proxy) => {
      const downloaded = await harness.download(serverOf(harness).url('/sound'), {
        caPem: authority.pem,
        proxies: { [scheme]: proxy.url.replace('50%25', '50%') },
      });

      expect(downloaded.sha256).toBe(sha256(archive));
    });
  });

  test.for(['http', 'https'])(
    'that accepts (%s) and says nothing fails by a deadline, and is hung up on',
    async (spoken) => {
      await using harness = await openHarness();
      await using mute = await answering(() => undefined);
      const failure = await harness.failure(serverOf(harness).url('/sound'), {
        retries: 0,
        timing: { connectMs: 100, idleMs: 100 },
        proxies: { [scheme]: `${spoken}://127.0.0.1:${mute.port}` },
      });

      expect(failure.code).toMatch(/^(connect|idle)-timeout$/);
      await expect.poll(mute.connections).toBe(0);
    },
  );

  test.for<[what: string, answer: (socket: net.Socket) => void]>([
    ['hangs up', (socket) => socket.end()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['speaks something else', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n\r\n')],
  ])('that %s is a fault of the network, tried again', async ([, answer]) => {
    await using harness = await openHarness();
    await using strange = await answering(answer);
    const failure = await harness.failure(serverOf(harness).url('/sound'), {
      proxies: { [scheme]: `http://127.0.0.1:${strange.port}` },
    });

    expect(failure.kind).toBe('acquisition');
    expect(failure.message).toContain('gave up after 3 attempts');
  });
});

/** Takes connections, and answers whatever is sent first as it is told. */
async function answering(
  answer: (socket: net.Socket) => void,
): Promise<{ port: number; connections: () => number } & AsyncDisposable> {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket.on('error', () => undefined));
    socket.on('close', () => open.delete(socket));
    socket.once('data', () => answer(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    connections: () => open.size,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

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
