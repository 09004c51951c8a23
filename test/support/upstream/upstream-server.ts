// A program: stands in for github.com and for the host that it sends downloads to, on the loopback's port 443.
//
//   node upstream-server.ts RELEASES CREDENTIALS
//
// RELEASES     a directory; the file `v1.9.1/NAME` in it is an asset of that release
// CREDENTIALS  a directory with HOST.crt and HOST.key for each of the two hosts
//
// stdout  `listening`, then `STATUS METHOD URL` for each request, written before it is answered

import { randomBytes } from 'node:crypto';
import { createReadStream, readFileSync, statSync, writeSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

const [releases = '', credentials = ''] = process.argv.slice(2);

type Answer =
  | { readonly status: 302; readonly location: string }
  | { readonly status: 200; readonly file: string }
  | { readonly status: 403 | 404 | 421; readonly page: string };

const notFound: Answer = {
  status: 404,
  page: '<!DOCTYPE html>\n<html><head><title>Page not found</title></head><body>Not Found</body></html>\n',
};
const denied: Answer = {
  status: 403,
  page: '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>\n',
};
const misdirected: Answer = { status: 421, page: 'another host than the one that was greeted\n' };

/** By the whole URL that a download was sent to: the file. The host of the files knows no other URL. */
const signed = new Map<string, string>();

const hosts: Readonly<Record<string, (url: string) => Answer>> = {
  'github.com': sendToFile,
  'objects.githubusercontent.com': giveFile,
};

function sendToFile(url: string): Answer {
  const asset = /^https:\/\/github\.com\/containernetworking\/plugins\/releases\/download\/(v[^/]+\/[^/]+)$/;
  const [, name] = asset.exec(url) ?? [];
  if (name === undefined || !isFile(join(releases, name))) return notFound;
  const location = signedUrl(basename(name));
  signed.set(location, join(releases, name));
  return { status: 302, location };
}

/** Nothing in its path tells what it leads to, and its query has to come back as it is. */
function signedUrl(name: string): string {
  const query = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'releaseassetproduction/us-east-1/s3/aws4_request',
    'X-Amz-Expires': '300',
    'X-Amz-Signature': randomBytes(32).toString('hex'),
    'X-Amz-SignedHeaders': 'host',
    'response-content-disposition': `attachment; filename=${name}`,
    'response-content-type': 'application/octet-stream',
  };
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  const asset = `github-production-release-asset/${randomBytes(16).toString('hex')}`;
  return `https://objects.githubusercontent.com/${asset}?${pairs.join('&')}`;
}

function giveFile(url: string): Answer {
  const file = signed.get(url);
  return file === undefined ? denied : { status: 200, file };
}

function answerTo({ method, url = '', headers, socket }: IncomingMessage): Answer {
  const { servername } = socket as TLSSocket;
  if (headers.host !== servername) return misdirected;
  return method === 'GET'
    ? (hosts[headers.host]?.(`https://${headers.host}${url}`) ?? misdirected)
    : notFound;
}

async function send(answer: Answer, response: ServerResponse): Promise<void> {
  if (answer.status === 302) {
    response.writeHead(302, { location: answer.location, 'content-length': 0 }).end();
  } else if (answer.status === 200) {
    response.writeHead(200, {
      'content-length': statSync(answer.file).size,
      'content-type': 'application/octet-stream',
    });
    await pipeline(createReadStream(answer.file), response).catch(ignoreHangingUp);
  } else {
    response.writeHead(answer.status, { 'content-type': 'text/html; charset=utf-8' }).end(answer.page);
  }
}

/** A client may close the connection as soon as it has what it wants. */
function ignoreHangingUp(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}

/** A signed URL is another one each time, so what it was made for is told in its place. */
function shown({ headers, url = '' }: IncomingMessage, answer: Answer): string {
  return answer.status === 200
    ? `https://${headers.host}/… for ${basename(answer.file)}`
    : `https://${headers.host}${url}`;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function contextFor(host: string): SecureContext {
  const [cert, key] = ['crt', 'key'].map((kind) => readFileSync(join(credentials, `${host}.${kind}`)));
  return createSecureContext({ cert, key });
}

const contexts = new Map(Object.keys(hosts).map((host) => [host, contextFor(host)]));

const server = createServer(
  { SNICallback: (name, found) => found(null, contexts.get(name)) },
  (request, response) => {
    const answer = answerTo(request);
    writeSync(1, `${answer.status} ${request.method} ${shown(request, answer)}\n`);
    void send(answer, response);
  },
);
server.on('tlsClientError', (error) => writeSync(1, `no TLS: ${error.message}\n`));
server.listen(443, '127.0.0.1', () => writeSync(1, 'listening\n'));
