// A small HTTP server for questions about this process: GET and HEAD, known paths, short answers, nothing else.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface StatusAnswer {
  readonly status: 200 | 503;
  readonly contentType: string;
  readonly body: string;
}

/** By path. The query tells variants of one answer apart. */
export type StatusRoutes = Readonly<
  Record<string, (query: URLSearchParams) => StatusAnswer | Promise<StatusAnswer>>
>;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface StatusServer {
  /** What was really bound; differs from what was asked for where that was port 0. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Who asks is a kubelet or a scraper: a request is one line and a few headers, sent at once. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8_192,
};

/** Rejects with Node's own error where the address can't be had: EADDRINUSE, EADDRNOTAVAIL, EACCES. */
export async function serveStatus(
  { host, port }: ListenAddress,
  routes: StatusRoutes,
): Promise<StatusServer> {
  const server = createServer(limits, (request, response) => void reply(request, response, routes));
  server.maxConnections = 64;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ host, port }, resolve);
  await promise;
  server.off('error', reject).on('error', () => undefined);
  return { port: boundPort(server, port), close: () => close(server) };
}

function boundPort(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : asked;
}

async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  routes: StatusRoutes,
): Promise<void> {
  try {
    send(request, response, await answerTo(request, routes));
  } catch {
    response.writeHead(500).end();
  }
}

type Reply = Omit<StatusAnswer, 'status'> & { readonly status: number };

async function answerTo({ method, url = '/' }: IncomingMessage, routes: StatusRoutes): Promise<Reply> {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET and HEAD\n');
  const [path = '', query = ''] = url.split('?', 2);
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  return route === undefined
    ? plain(404, `there are ${Object.keys(routes).join(', ')}\n`)
    : route(new URLSearchParams(query));
}

function plain(status: number, body: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body }: Reply,
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
