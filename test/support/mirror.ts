// A static file server for archives, as an operator would run as a mirror, with the faults that mirrors have.

import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import type { Identity } from '../transport/certificates.ts';
import { close, listen } from '../transport/faulty-server.ts';

export interface Mirror extends AsyncDisposable {
  /** The base URL that `--mirror` takes. */
  readonly url: string;
  /** Paths asked for so far. */
  readonly asked: readonly string[];
}

/** Answers one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves the files of a directory; whatever is not there is 404. */
export function serveDirectory(directory: string): Promise<Mirror> {
  return serve((request, response) => {
    const file = join(directory, new URL(request.url ?? '/', 'http://here').pathname);
    if (!existsSync(file)) return void response.writeHead(404).end();
    return void response.end(readFileSync(file));
  });
}

/** Gives every request the same body. */
export function serveBody(body: Buffer | string): Promise<Mirror> {
  return serve((_request, response) => void response.end(body));
}

/** Sends the first bytes of a body, says when, and never the rest. */
export function serveHalf(body: Buffer, onSent: () => void): Promise<Mirror> {
  return serve((_request, response) => {
    response.writeHead(200, { 'content-length': body.length, etag: '"one"' });
    response.write(body.subarray(0, body.length / 2), onSent);
  });
}

/** @param identity speaks TLS with it; plain HTTP without one */
export async function serve(answer: Answer, identity?: Identity): Promise<Mirror> {
  const asked: string[] = [];
  const listener: Answer = (request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  };
  const server = identity === undefined ? createServer(listener) : https.createServer(identity, listener);
  const port = await listen(server);
  return {
    url: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: () => close(server),
  };
}

/** A base URL at which nobody listens: a port that was just given back. */
export async function deadMirrorUrl(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await close(server);
  return `http://127.0.0.1:${port}`;
}
