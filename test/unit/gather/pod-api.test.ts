// Promises of a fleet that is looked at from a pod: what is asked by its token, and what is kept in its ConfigMap.

import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/failure/failure.ts';
import { askCluster } from '../../../src/gather/asked-cluster.ts';
import { apiServerOfPod, keepAnswer, ownNamespace, type PodEffects } from '../../../src/gather/pod-api.ts';
import { nodeJson, podJson, reportJson } from '../../support/fleet/cluster-json.ts';
import { type Authority, createAuthority } from '../../transport/certificates.ts';

const token = 'a-token-that-is-not-told';

let authority: Authority;
beforeAll(() => {
  authority = createAuthority();
});
afterAll(() => authority.remove());

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

interface Served extends AsyncDisposable {
  readonly effects: PodEffects;
  readonly seen: readonly Seen[];
}

interface Reply {
  readonly status?: number;
  readonly object: unknown;
}

/** By path without its query; anything else is not there. */
async function serve(
  answers: Readonly<Record<string, Reply | ((query: URLSearchParams) => Reply)>>,
): Promise<Served> {
  const seen: Seen[] = [];
  const server = createServer(authority.issue(), (request, response) => {
    void (async () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, path: url, authorization: headers.authorization, body: await text(request) });
      const { pathname, searchParams } = new URL(url, 'https://cluster');
      const found = answers[pathname] ?? { status: 404, object: {} };
      const { status = 200, object } = typeof found === 'function' ? found(searchParams) : found;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(object));
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const account = mkdtempDisposableSync(join(tmpdir(), 'account-'));
  for (const [name, content] of [
    ['token', token],
    ['ca.crt', authority.pem],
    ['namespace', 'kube-system\n'],
  ] as const) {
    writeFileSync(join(account.path, name), content);
  }
  return {
    seen,
    effects: {
      apiServer: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      serviceAccountDir: account.path,
      userAgent: 'cni-plugins-installer/test',
      now: Date.now,
      signal: new AbortController().signal,
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      account.remove();
    },
  };
}

const list = (kind: string, ...items: readonly unknown[]): { object: unknown } => ({
  object: { kind: `${kind}List`, apiVersion: kind === 'DaemonSet' ? 'apps/v1' : 'v1', metadata: {}, items },
});

const inPod = {
  '/api/v1/nodes': list('Node', nodeJson({ name: 'n1' })),
  '/apis/apps/v1/daemonsets': list('DaemonSet'),
  '/api/v1/namespaces/kube-system/pods': list('Pod', podJson('n1', reportJson())),
};

/** As the API server pages: as many as are asked for, from where the mark says. */
function fatNodes(count: number, bytes: number): (query: URLSearchParams) => Reply {
  const annotations = { 'example/fat': 'x'.repeat(bytes) };
  return (query) => {
    const from = Number(query.get('continue') ?? 0);
    const to = Math.min(count, from + Number(query.get('limit')));
    const items = Array.from({ length: to - from }, (_, place) => {
      const { metadata, ...node } = nodeJson({ name: `n${from + place}` });
      return { ...node, metadata: { ...(metadata as object), annotations } };
    });
    const metadata = to < count ? { continue: String(to) } : {};
    return { object: { kind: 'NodeList', apiVersion: 'v1', metadata, items } };
  };
}

async function ask({ effects }: Served): ReturnType<typeof askCluster> {
  const question = { signal: effects.signal, show: () => undefined, namespace: 'kube-system', live: false };
  return askCluster(apiServerOfPod(effects), question);
}

describe('a pod with a token', () => {
  it('asks by it, and for the pods of its own namespace alone', async () => {
    await using served = await serve(inPod);
    const { objects } = await ask(served);

    expect([objects.nodes.length, objects.pods.length, objects.attachments.length]).toEqual([1, 1, 0]);
    expect(new Set(served.seen.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${token}`]),
    );
    expect(served.seen.map(({ path }) => path).filter((path) => path.includes('pods'))).toEqual([
      '/api/v1/namespaces/kube-system/pods?limit=200&labelSelector=app.kubernetes.io%2Fpart-of%3Dcni-plugins-installer',
    ]);
  });

  it.each([
    ['as large as they come, by the usual pages', 60, [200, 200]],
    ['that are larger, by smaller pages', 200, [200, 50, 50, 50, 50, 50]],
  ])('asks for nodes %s', async (_, kibibytes, sizes) => {
    await using served = await serve({ ...inPod, '/api/v1/nodes': fatNodes(250, kibibytes * 1024) });
    const { objects } = await ask(served);

    expect(new Set(objects.nodes.map(({ name }) => name)).size).toBe(250);
    expect(objects.nodes).toHaveLength(250);
    const asked = served.seen.filter(({ path }) => path.startsWith('/api/v1/nodes?'));
    expect(asked.map(({ path }) => Number(/limit=(\d+)/.exec(path)?.[1]))).toEqual(sizes);
  });

  it('takes no single object of more bytes than it has room for', async () => {
    await using served = await serve({ ...inPod, '/api/v1/nodes': fatNodes(1, 17 * 2 ** 20) });

    await expect(ask(served)).rejects.toMatchObject({
      code: 'cluster-not-asked',
      message: expect.stringMatching(/nodes could not be asked for: more than 16777216 bytes/),
    });
  });

  it('that may not list nodes is told so, without its token', async () => {
    const refused = { status: 403, object: { kind: 'Status', message: 'nodes is forbidden' } };
    await using served = await serve({ ...inPod, '/api/v1/nodes': refused });
    const failure = await ask(served).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({
      code: 'cluster-not-asked',
      message: expect.stringMatching(/nodes .*forbidden/),
    });
    expect(JSON.stringify(failure)).not.toContain(token);
  });

  it('knows its namespace; without a token there is none', async () => {
    await using served = await serve({});

    expect(ownNamespace(served.effects)).toBe('kube-system');
    expect(ownNamespace({ ...served.effects, serviceAccountDir: '/nowhere' })).toBeUndefined();
    expect(ownNamespace({ ...served.effects, apiServer: undefined })).toBeUndefined();
  });
});

describe('the ConfigMap', () => {
  const path = '/api/v1/namespaces/kube-system/configmaps/fleet';
  const answer = {
    namespace: 'kube-system',
    name: 'fleet',
    form: 'html',
    text: '<p>',
    summary: 'all well',
    taken: 't',
  };

  it('keeps the answer, and changes nothing else', async () => {
    await using served = await serve({ [path]: { object: {} } });
    await keepAnswer(answer, served.effects);

    expect(served.seen.map(({ method, body }) => [method, JSON.parse(body)])).toEqual([
      ['PATCH', { data: { summary: 'all well', taken: 't', 'fleet.html': '<p>' } }],
    ]);
  });

  it('has the first line alone of one that is too large, and no earlier one beside it', async () => {
    await using served = await serve({ [path]: { object: {} } });
    await keepAnswer({ ...answer, text: 'x'.repeat(2 ** 20) }, served.effects);

    expect(JSON.parse(served.seen[0]?.body ?? '')).toEqual({
      data: { summary: expect.stringMatching(/^all well; .*larger/), taken: 't', 'fleet.html': null },
    });
  });

  it('that is not there is a failure', async () => {
    await using served = await serve({});

    await expect(keepAnswer(answer, served.effects)).rejects.toMatchObject({ code: 'cluster-not-asked' });
  });
});
