// Serves one directory over HTTP and HTTPS on this machine, and counts what it was asked.

import { createReadStream, statSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createAuthority } from '../transport/certificates.ts';
import { close, listen } from '../transport/faulty-server.ts';

export interface ArchiveServer extends AsyncDisposable {
  readonly httpUrl: string;
  readonly httpsUrl: string;
  /** PEM of the authority that vouches for the HTTPS side. */
  readonly caFile: string;
  readonly requests: () => number;
}

/** The CA file is written into `scratch`. */
export async function serveArchives(directory: string, scratch: string): Promise<ArchiveServer> {
  let requests = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    requests += 1;
    void send(join(directory, request.url ?? ''), response);
  };
  const authority = createAuthority();
  const plain = http.createServer(answer);
  const encrypted = https.createServer(authority.issue(), answer);
  const caFile = join(scratch, 'ca.pem');
  writeFileSync(caFile, authority.pem);
  authority.remove();
  return {
    httpUrl: `http://127.0.0.1:${await listen(plain)}`,
    httpsUrl: `https://127.0.0.1:${await listen(encrypted)}`,
    caFile,
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([close(plain), close(encrypted)]);
    },
  };
}

async function send(path: string, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-length': statSync(path).size });
  // Whoever hangs up has its reasons; the run that it belongs to says so.
  await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), response).catch(() => undefined);
}
