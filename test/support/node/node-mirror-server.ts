// A program: serves the files of a directory by their names on the loopback, and writes a line for each request.
//
//   node mirror-server.ts DIRECTORY [PORT [CERTIFICATE KEY]]
//
// PORT         default: one that is free
// CERTIFICATE  a PEM file, and KEY the key's; it then serves https
//
// stdout  first its port, then `GET /path` for each request, written before it is answered

import { createReadStream, readFileSync, statSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [directory = '.', wantedPort = '0', certificate, key] = process.argv.slice(2);

async function answer({ method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  writeSync(1, `${method} ${url}\n`);
  const path = join(directory, basename(url));
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-length': stats.size });
  if (method === 'HEAD') response.end();
  else await pipeline(createReadStream(path), response).catch(ignoreHangingUp);
}

/** A client may close the connection as soon as it has what it wants. */
function ignoreHangingUp(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}

function onRequest(request: IncomingMessage, response: ServerResponse): void {
  void answer(request, response);
}

const server =
  certificate === undefined || key === undefined
    ? createServer(onRequest)
    : createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, onRequest);
server.listen(Number(wantedPort), '127.0.0.1', () => {
  writeSync(1, `${(server.address() as AddressInfo).port}\n`);
});
