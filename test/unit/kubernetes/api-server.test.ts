// What asking an API server comes to, each fault made by a real server that speaks TLS by an authority of its own.

import { mkdtempDisposableSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../../../src/kubernetes/api-server.ts';
import { ApiTrouble, type TroubleKind } from '../../../src/kubernetes/api-trouble.ts';
import { conditionIn, OwnNode } from '../../../src/kubernetes/own-node.ts';
import { type Authority, createAuthority } from '../../transport/certificates.ts';

const canary = 'a-token-that-nobody-may-see';

let authority: Authority;
let stranger: Authority;
beforeAll(() => {
  authority = createAuthority();
  stranger = createAuthority();
});
afterAll(() => {
  authority.remove();
  stranger.remove();
});

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

interface Asked {
  readonly request: IncomingMessage;
  readonly body: string;
}

interface Scene extends AsyncDisposable {
  readonly server: ApiServer;
  readonly asked: Asked[];
  readonly credentialsDir: string;
  readonly stop: () => void;
}

const deadlines = { connectMs: 2_000, idleMs: 400, totalMs: 5_000 };

async function scene(reply: Reply, identity = authority.issue()): Promise<Scene> {
  const asked: Asked[] = [];
  const listening = createServer(identity, (request, response) => {
    void (async () => {
      asked.push({ request, body: await text(request) });
      reply(request, response);
    })();
  });
  await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', resolve));
  const credentials = mkdtempDisposableSync(join(tmpdir(), 'account-'));
  writeFileSync(join(credentials.path, 'token'), `${canary}\n`);
  writeFileSync(join(credentials.path, 'ca.crt'), authority.pem);
  const stopping = new AbortController();
  const server = new ApiServer({
    address: `https://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    credentialsDir: credentials.path,
    userAgent: 'cni-plugins-installer/test',
    now: Date.now,
    signal: stopping.signal,
    deadlines,
  });
  return {
    server,
    asked,
    credentialsDir: credentials.path,
    stop: () => stopping.abort(new Error('stopped')),
    [Symbol.asyncDispose]: async () => {
      listening.closeAllConnections();
      await new Promise((resolve) => listening.close(resolve));
      credentials.remove();
    },
  };
}

function answer(status: number, object: unknown, headers: Record<string, string> = {}): Reply {
  return (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(object));
}

const nodes = { method: 'GET', path: '/api/v1/nodes/a' } as const;

async function troubleOf(asking: Promise<unknown>): Promise<ApiTrouble> {
  const error: unknown = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiTrouble);
  expect((error as ApiTrouble).message).not.toContain(canary);
  return error as ApiTrouble;
}

describe('an API server', () => {
  it('is asked with the token of the pod, and its answer is the object', async () => {
    await using told = await scene(answer(200, { kind: 'Node' }));

    expect(await told.server.ask(nodes)).toEqual({ kind: 'Node' });
    expect(told.asked[0]?.request).toMatchObject({
      method: 'GET',
      url: '/api/v1/nodes/a',
      headers: { authorization: `Bearer ${canary}`, 'user-agent': 'cni-plugins-installer/test' },
    });
  });

  it('is asked with the token that is there now: one that was replaced is not used again', async () => {
    await using told = await scene((request, response) => {
      const known = request.headers.authorization === 'Bearer second';
      answer(known ? 200 : 401, known ? {} : { message: 'Unauthorized' })(request, response);
    });

    expect(await troubleOf(told.server.ask(nodes))).toMatchObject({ kind: 'unauthorized' });
    writeFileSync(join(told.credentialsDir, 'token'), 'second');
    expect(await told.server.ask(nodes)).toEqual({});
  });

  it('is trusted by the authority that is there now: one that was rotated in is known', async () => {
    await using told = await scene(answer(200, {}), stranger.issue());

    expect(await troubleOf(told.server.ask(nodes))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('unknown authority'),
    });
    expect(told.asked).toEqual([]);
    writeFileSync(join(told.credentialsDir, 'ca.crt'), stranger.pem);
    expect(await told.server.ask(nodes)).toEqual({});
  });

  it.each<[number, TroubleKind]>([
    [400, 'refused'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [409, 'conflict'],
    [422, 'refused'],
    [429, 'overloaded'],
    [500, 'server'],
    [503, 'server'],
    [302, 'server'],
  ])('that answers %i is a trouble of the kind %s, in its own words', async (status, kind) => {
    await using told = await scene(answer(status, { kind: 'Status', message: 'because it is so' }));

    const trouble = await troubleOf(told.server.ask(nodes));
    expect(trouble).toMatchObject({ kind, message: `HTTP ${status}, because it is so` });
  });

  it('says when to come back', async () => {
    await using told = await scene(answer(429, {}, { 'retry-after': '7' }));

    expect(await troubleOf(told.server.ask(nodes))).toMatchObject({
      kind: 'overloaded',
      retryAfterMs: 7_000,
    });
  });

  it.each<[string, Reply, TroubleKind]>([
    ['breaks the connection', (request) => void request.socket.destroy(), 'unreachable'],
    ['says nothing', () => undefined, 'unreachable'],
    [
      'stops in the middle',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"kind":');
        setTimeout(() => response.destroy(), 50);
      },
      'unreachable',
    ],
    ['answers with a page', (_request, response) => void response.end('<html>'), 'server'],
    ['answers with a list', answer(200, []), 'server'],
    [
      'never ends',
      (_request, response) => {
        const more = (): void => void (response.destroyed || response.write(' '.repeat(100_000), more));
        more();
      },
      'too-large',
    ],
  ])('that %s is a trouble', async (_what, reply, kind) => {
    await using told = await scene(reply);

    expect(await troubleOf(told.server.ask(nodes))).toMatchObject({ kind });
  });

  it('whose port is closed is a trouble', async () => {
    await using told = await scene(answer(200, {}));
    const server = new ApiServer({
      address: 'https://127.0.0.1:1',
      credentialsDir: told.credentialsDir,
      userAgent: '',
      now: Date.now,
      signal: new AbortController().signal,
    });

    expect(await troubleOf(server.ask(nodes))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each(['token', 'ca.crt'])('is not asked without %s, and the file is named', async (file) => {
    await using told = await scene(answer(200, {}));
    rmSync(join(told.credentialsDir, file));

    expect(await troubleOf(told.server.ask(nodes))).toMatchObject({
      kind: 'no-token',
      message: expect.stringContaining(`/${file}`),
    });
    expect(told.asked).toEqual([]);
  });

  it('is not asked with an authority that is none', async () => {
    await using told = await scene(answer(200, {}));
    writeFileSync(join(told.credentialsDir, 'ca.crt'), 'nothing');

    expect(await troubleOf(told.server.ask(nodes))).toMatchObject({ kind: 'no-token' });
  });

  it('is left alone when the run has to end, with the reason of that', async () => {
    await using told = await scene(() => undefined);
    const asking = told.server.ask(nodes);
    setTimeout(told.stop, 100);

    await expect(asking).rejects.toThrow('stopped');
  });
});

describe('the own Node', () => {
  it('is read from what the API server has at hand', async () => {
    await using told = await scene(answer(200, { kind: 'Node' }));

    await new OwnNode(told.server, 'a').read();
    expect(told.asked[0]?.request.url).toBe('/api/v1/nodes/a?resourceVersion=0');
  });

  it('gets its condition by the type of it, so that the others stay', async () => {
    await using told = await scene(answer(200, {}));
    const condition = {
      type: 'example/Ready',
      status: 'True',
      reason: 'R',
      message: 'm',
      lastHeartbeatTime: '2026-01-01T00:00:00Z',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    } as const;

    await new OwnNode(told.server, 'a').writeCondition(condition);
    expect(told.asked[0]).toMatchObject({
      request: {
        method: 'PATCH',
        url: '/api/v1/nodes/a/status',
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
      },
    });
    expect(JSON.parse(told.asked[0]?.body ?? '')).toEqual({ status: { conditions: [condition] } });
  });

  it('shows its condition, or that it has none', () => {
    const node = { status: { conditions: [{ type: 'a', status: 'True', lastHeartbeatTime: 't' }] } };

    expect(conditionIn(node, 'a')).toEqual({
      status: 'True',
      lastHeartbeatTime: 't',
      lastTransitionTime: undefined,
    });
    expect([conditionIn(node, 'b'), conditionIn({}, 'a')]).toEqual([undefined, undefined]);
  });
});
