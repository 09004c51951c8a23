// Promises of the small HTTP server: known paths by GET and HEAD, nothing else, and a port that is taken is said.

import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveStatus, type StatusServer } from '../../../src/lib/status-server.ts';

let server: StatusServer;
const host = '127.0.0.1';

beforeAll(async () => {
  server = await serveStatus(
    { host, port: 0 },
    {
      '/healthz': (query) => ({
        status: query.has('ill') ? 503 : 200,
        contentType: 'text/plain',
        body: 'ok\n',
      }),
      '/broken': () => {
        throw new Error('secret');
      },
    },
  );
});
afterAll(() => server.close());

function ask(path: string, method = 'GET'): Promise<Response> {
  return fetch(`http://${host}:${server.port}${path}`, { method });
}

describe('a request', () => {
  it('is answered at a known path, with its query', async () => {
    const answer = await ask('/healthz?ill');
    expect([answer.status, await answer.text()]).toEqual([503, 'ok\n']);
  });

  it('by HEAD gets the same head and no body', async () => {
    const answer = await ask('/healthz', 'HEAD');
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
      200,
      '3',
      '',
    ]);
  });

  it.each(['/', '/healthz/', '/toString', '/__proto__', '/%2e%2e/etc/passwd'])(
    'of %s is 404',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('by %s is refused', async (method) => {
    const answer = await ask('/healthz', method);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('that meets a bug is told so without its text', async () => {
    const answer = await ask('/broken');
    expect([answer.status, await answer.text()]).toEqual([500, '']);
  });

  it('that is no HTTP does not end the server', async () => {
    const socket = createConnection(server.port, host);
    socket.end('\x16\x03\x01\x00\n\n');
    expect(await text(socket)).toContain('400');
    expect((await ask('/healthz')).status).toBe(200);
  });
});

it('a port that is taken is an error of its own', async () => {
  await expect(serveStatus({ host, port: server.port }, {})).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
