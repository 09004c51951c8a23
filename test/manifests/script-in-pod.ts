// Runs a script of the chart as its container would, against an API server of the test's.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { launch } from '../../image/launch.ts';
import { createAuthority } from '../transport/certificates.ts';
import type { Container } from './objects.ts';

export interface ApiServer extends Disposable {
  readonly port: number;
  /** Certificate of its authority. */
  readonly pem: string;
  /** The token and the URL of each request. */
  readonly asked: readonly string[];
}

/** @param answer to a URL, and to what was sent to it, which may be nothing; undefined is a refusal */
export async function startApiServer(answer: (url: string, sent: string) => unknown): Promise<ApiServer> {
  const authority = createAuthority();
  const asked: string[] = [];
  const server = createServer(authority.issue(), (request, response) => void reply(request, response));
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { headers, url = '' } = request;
    asked.push(`${headers.authorization} ${url}`);
    const body = answer(url, await text(request));
    if (body === undefined) response.writeHead(503).end();
    else response.end(JSON.stringify(body));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    pem: authority.pem,
    asked,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
      authority.remove();
    },
  };
}

/** The container's own command in its own environment, the image's included, with this Node in place of the image's. */
export async function runScript(
  { command = [], args = [], env = [] }: Container,
  { port, pem }: ApiServer,
): Promise<{ readonly status: number; readonly lines: readonly string[] }> {
  await using scratch = await mkdtempDisposable(join(tmpdir(), 'script-'));
  writeFileSync(join(scratch.path, 'token'), 'secret\n');
  writeFileSync(join(scratch.path, 'ca.crt'), pem);
  const child = spawn(process.execPath, [...command.slice(1), ...args], {
    env: {
      ...Object.fromEntries(launch.Env.map((variable) => variable.split(/=(.*)/).slice(0, 2))),
      ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
      NODE_EXTRA_CA_CERTS: join(scratch.path, 'ca.crt'),
      TOKEN_FILE: join(scratch.path, 'token'),
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [stdout, [status]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { status, lines: stdout.trimEnd().split('\n') };
}
