// A program: stands in for a Kubernetes API server, as far as a watch asks for its Node and writes Events.
//
//   node api-of-one-node.ts PORT CERTIFICATE KEY
//
// stdout  a first line, then one for each request, before it is answered

import { readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';

const [port, certificate = '', key = ''] = process.argv.slice(2);
let conditions: unknown = [];
let events = 0;

function answered(method: string, url: string, body: string): object {
  if (method === 'POST') return { kind: 'Event', metadata: { name: `event.${(events += 1)}` } };
  if (url.includes('/events/')) return { kind: 'Event', metadata: { name: url.split('/').at(-1) } };
  if (method === 'PATCH')
    conditions = (JSON.parse(body) as { status: { conditions: unknown } }).status.conditions;
  return {
    kind: 'Node',
    metadata: { name: 'soaked', uid: 'uid-of-soaked' },
    spec: {},
    status: { conditions },
  };
}

const identity = { cert: readFileSync(certificate), key: readFileSync(key) };
createServer(identity, (request, response) => {
  void (async () => {
    const { method = '', url = '' } = request;
    const body = await text(request);
    writeSync(1, `${method} ${url}\n`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answered(method, url, body)));
  })();
}).listen(Number(port), '127.0.0.1', () => writeSync(1, 'listening\n'));
