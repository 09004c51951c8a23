// A strict local server: one route per fault, every request recorded, every request that no client should send a violation.

import { createHash } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Identity } from './certificates.ts';

export interface SeenRequest {
  readonly method: string;
  /** As in the request line: a path, or a whole URL when sent to a proxy. */
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface FaultyServer {
  readonly url: (path: string) => URL;
  readonly seen: readonly SeenRequest[];
  /** What a well-behaved client would not have sent. */
  readonly violations: readonly string[];
  readonly close: () => Promise<void>;
}

/** Incompressible, the same in every run, and not a multiple of any chunk size. */
export const archive: Buffer = pseudoRandom(700_001);
/** Another archive of the same length: what a re-release looks like from outside. */
export const reReleased: Buffer = pseudoRandom(700_001, 'other');

export const etag = '"first"';
export const lastModified = 'Wed, 01 Jan 2025 00:00:00 GMT';
export const cutAt = 300_000;
/** What of that is on disk while more is waited for: whole pieces. */
export const onDiskAtCut = 262_144;
export const maxBytesInTests = 2_000_000;

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function pseudoRandom(length: number, seed = 'seed'): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < length; at += 32) blocks.push(createHash('sha256').update(`${seed}${at}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** 1 for the first request of this path. */
  readonly visit: number;
  /** First byte asked for, undefined without a Range. */
  readonly from: number | undefined;
  /** Whether If-Range names what is here. */
  readonly unchanged: boolean;
}

type Route = (visit: Visit) => void;

const validators = { etag, 'last-modified': lastModified };

function sendAll({ response }: Visit, headers: http.OutgoingHttpHeaders = validators, body = archive): void {
  response.writeHead(200, { 'content-length': body.length, ...headers });
  response.end(body);
}

function sendRest(visit: Visit, body = archive, headers: http.OutgoingHttpHeaders = validators): void {
  const from = visit.from ?? 0;
  visit.response.writeHead(206, {
    'content-length': body.length - from,
    'content-range': `bytes ${from}-${body.length - 1}/${body.length}`,
    ...headers,
  });
  visit.response.end(body.subarray(from));
}

/** What a correct server does (RFC 9110, 14.2). */
function sendAsAsked(visit: Visit): void {
  if (visit.from === undefined || !visit.unchanged) sendAll(visit);
  else sendRest(visit);
}

/** Promises everything and hangs up after `cutAt` bytes. */
function sendCut({ response }: Visit, headers: http.OutgoingHttpHeaders = validators): void {
  response.writeHead(200, { 'content-length': archive.length, ...headers });
  response.write(archive.subarray(0, cutAt), () => response.socket?.destroySoon());
}

/** The first visit is cut, the later ones are the fault's. */
function afterCut(later: Route, headers: http.OutgoingHttpHeaders = validators): Route {
  return (visit) => (visit.visit === 1 ? sendCut(visit, headers) : later(visit));
}

function sendStatus({ response }: Visit, status: number, headers: http.OutgoingHttpHeaders = {}): void {
  response.writeHead(status, { 'content-length': 0, ...headers });
  response.end();
}

function endless({ response }: Visit): void {
  response.writeHead(200);
  const piece = Buffer.alloc(65_536, 1);
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
}

const routes: Readonly<Record<string, Route>> = {
  '/sound': sendAsAsked,
  '/cut-once': afterCut(sendAsAsked),
  '/cut-always': (visit) => (visit.from === undefined ? sendCut(visit) : visit.request.socket.destroy()),
  '/whole-instead-of-rest': afterCut((visit) => sendAll(visit)),
  '/wrong-range': afterCut((visit) => {
    if (visit.from === undefined) return sendAll(visit);
    sendRest({ ...visit, from: visit.from - 1_000 });
  }),
  '/range-without-content-range': afterCut((visit) => {
    if (visit.from === undefined) return sendAll(visit);
    visit.response.writeHead(206, validators).end(archive.subarray(visit.from));
  }),
  '/changed-etag': afterCut((visit) => sendAll(visit, { etag: '"second"' }, reReleased)),
  '/changed-etag-but-206': afterCut((visit) => {
    if (visit.from === undefined) sendAll(visit, { etag: '"second"' }, reReleased);
    else sendRest(visit, reReleased, { etag: '"second"' });
  }),
  '/unsatisfiable': afterCut((visit) => {
    if (visit.from === undefined) sendAll(visit);
    else sendStatus(visit, 416, { 'content-range': `bytes */${archive.length}` });
  }),
  '/longer-than-its-range': afterCut((visit) => {
    if (visit.from === undefined) return sendAll(visit);
    visit.response.writeHead(206, {
      'content-range': `bytes ${visit.from}-${archive.length - 1}/${archive.length}`,
      etag,
    });
    visit.response.end(Buffer.concat([archive.subarray(visit.from), Buffer.from('more')]));
  }),
  '/last-modified-only': afterCut(sendAsAsked, { 'last-modified': lastModified }),
  '/weak-etag-only': afterCut((visit) => sendAll(visit, { etag: 'W/"weak"' }), { etag: 'W/"weak"' }),
  '/rest-without-last-chunk': afterCut(({ response, from = 0 }) => {
    response.writeHead(206, {
      'content-range': `bytes ${from}-${archive.length - 1}/${archive.length}`,
      ...validators,
    });
    response.write(archive.subarray(from), () => response.socket?.destroySoon());
  }),
  '/unframed-cut': ({ response }) => {
    response.writeHead(200, validators);
    response.write(archive.subarray(0, cutAt), () => response.socket?.destroySoon());
  },
  '/then-sound': (visit) => {
    const failures = Number(visit.query.get('failures') ?? 1);
    if (visit.visit > failures) return sendAsAsked(visit);
    const retryAfter = visit.query.get('retry-after');
    const date = visit.query.get('date');
    sendStatus(visit, Number(visit.query.get('status')), {
      ...(retryAfter === null ? {} : { 'retry-after': retryAfter }),
      ...(date === null ? {} : { date }),
    });
  },
  '/redirect': (visit) => sendStatus(visit, 302, { location: visit.query.get('to') ?? '' }),
  '/redirect-loop': (visit) => sendStatus(visit, 307, { location: visit.request.url }),
  '/redirect-nowhere': (visit) => sendStatus(visit, 302),
  '/private': (visit) => {
    if (visit.request.headers.authorization === undefined) sendStatus(visit, 401);
    else sendAsAsked(visit);
  },
  '/silent': () => undefined,
  '/silent-after-first-bytes': ({ response }) => {
    response.writeHead(200, { 'content-length': archive.length, ...validators });
    response.write(archive.subarray(0, cutAt));
  },
  '/drip': ({ response }) => {
    response.writeHead(200, { 'content-length': archive.length, ...validators });
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/too-large-declared': ({ response }) => {
    response.writeHead(200, { 'content-length': maxBytesInTests + 1 });
    response.write('x');
  },
  '/too-large-undeclared': endless,
  '/empty': (visit) => sendAll(visit, {}, Buffer.alloc(0)),
  '/no-content': (visit) => sendStatus(visit, 204),
  '/labelled-gzip': (visit) => sendAll(visit, { 'content-encoding': 'gzip' }),
};

function violationOf(request: IncomingMessage): string | undefined {
  const { range, 'if-range': ifRange, 'accept-encoding': encoding } = request.headers;
  if (request.method !== 'GET') return `${request.method} instead of GET`;
  if ((range === undefined) !== (ifRange === undefined))
    return 'Range and If-Range come together or not at all';
  if (range !== undefined && !/^bytes=[1-9]\d*-$/.test(range)) return `Range is ${range}`;
  if (String(ifRange).startsWith('W/')) return 'If-Range with a weak validator';
  if (encoding !== 'identity') return `Accept-Encoding is ${String(encoding)}`;
  if (request.headers['user-agent'] !== userAgent) return `User-Agent is ${request.headers['user-agent']}`;
  if (request.headers.referer !== undefined) return 'a Referer';
  if (request.headers['proxy-authorization'] !== undefined) return 'proxy credentials at the origin';
  return undefined;
}

export const userAgent = 'cni-plugins-installer/test';

/** Listens on a free port of the loopback; https when given an identity. */
export async function startFaultyServer(identity?: Identity): Promise<FaultyServer> {
  const seen: SeenRequest[] = [];
  const violations: string[] = [];
  const visits = new Map<string, number>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    seen.push({ method: request.method ?? '', target: request.url ?? '', headers: request.headers });
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://here');
    const route = routes[pathname];
    const violation = route === undefined ? `no such route: ${pathname}` : violationOf(request);
    if (violation !== undefined) violations.push(violation);
    if (route === undefined) return void response.writeHead(404, { 'content-length': 0 }).end();
    const visit = (visits.get(pathname) ?? 0) + 1;
    visits.set(pathname, visit);
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const from = range === undefined ? undefined : Number(range);
    const ifRange = request.headers['if-range'];
    route({ request, response, query, visit, from, unchanged: ifRange === etag || ifRange === lastModified });
  };
  const server = identity === undefined ? http.createServer(answer) : https.createServer(identity, answer);
  server.on('tlsClientError', () => undefined);
  const port = await listen(server);
  const scheme = identity === undefined ? 'http' : 'https';
  return {
    url: (path) => new URL(path, `${scheme}://127.0.0.1:${port}`),
    seen,
    violations,
    close: () => close(server),
  };
}

export async function listen(server: http.Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return (server.address() as AddressInfo).port;
}

export async function close(server: http.Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
