// A local proxy: CONNECT tunnels and absolute-form requests, with or without credentials; records what it was sent.

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Identity } from './certificates.ts';
import { type SeenRequest, close, listen } from './faulty-server.ts';

export interface RecordingProxy {
  /** With the credentials it wants, if it wants any. */
  readonly url: string;
  readonly withoutCredentials: string;
  readonly seen: readonly SeenRequest[];
  readonly close: () => Promise<void>;
}

export interface ProxyNature {
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Speaks TLS itself. */
  readonly identity?: Identity;
  /** Answers every CONNECT with this instead. */
  readonly refusal?: string;
}

export async function startProxy({
  credentials,
  identity,
  refusal,
}: ProxyNature = {}): Promise<RecordingProxy> {
  const seen: SeenRequest[] = [];
  const expected = credentials && `Basic ${btoa(`${credentials.user}:${credentials.password}`)}`;
  const tunnels = new Set<Duplex>();
  const admitted = (request: IncomingMessage): boolean => {
    seen.push({ method: request.method ?? '', target: request.url ?? '', headers: request.headers });
    return expected === undefined || request.headers['proxy-authorization'] === expected;
  };
  const forward = (request: IncomingMessage, response: ServerResponse): void => {
    if (!admitted(request)) return void response.writeHead(407, { 'content-length': 0 }).end();
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = http.request(request.url ?? '', { headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end();
  };
  const server = identity === undefined ? http.createServer(forward) : https.createServer(identity, forward);
  server.on('tlsClientError', () => undefined);
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    client.on('error', () => undefined);
    if (!admitted(request)) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (refusal !== undefined) return void client.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = net.connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    tunnels.add(client);
  });
  const origin = `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${await listen(server)}`;
  const userPart = credentials && `${credentials.user}:${encodeURIComponent(credentials.password)}@`;
  return {
    url: origin.replace('//', `//${userPart ?? ''}`),
    withoutCredentials: origin,
    seen,
    close: () => {
      for (const tunnel of tunnels) tunnel.destroy();
      return close(server);
    },
  };
}
