// A connection that gathers what it reads: nothing of it is lost, changed, kept waiting, or piled up.

import { once } from 'node:events';
import http from 'node:http';
import net, { type OnReadOpts, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatheringSocket } from '../../src/http/pieces/gathering-socket.ts';
import { type Authority, createAuthority, type Identity } from './certificates.ts';
import { archive, reReleased } from './faulty-server.ts';
import { openHarness } from './harness.ts';

/** RFC 8446, 5.1. */
const largestRecord = 16 * 1024;
/** More than all buffers between the two ends hold. */
const muchBytes = 32 * 1024 * 1024;

let authority: Authority;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = authority.issue();
});
afterAll(() => authority.remove());

type Spoken = 'TCP' | 'TLS';

interface Ends extends AsyncDisposable {
  readonly near: GatheringSocket;
  readonly far: Socket;
  /** What carries the far end: itself, or below TLS. */
  readonly carrier: Socket;
}

type Reading = (onread: OnReadOpts, connection: () => Socket | undefined) => OnReadOpts;

/** @param reading what comes between the connection and who gathers */
async function connected(spoken: Spoken, reading: Reading = (onread) => onread): Promise<Ends> {
  const server = spoken === 'TCP' ? net.createServer() : tls.createServer(identity);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const carried = once(server, 'connection');
  const accepted = once(server, spoken === 'TCP' ? 'connection' : 'secureConnection');
  const place = { host: '127.0.0.1', port, ca: authority.pem };
  let connection: Socket | undefined;
  const near = new GatheringSocket((given) => {
    const options = { ...place, onread: reading(given, () => connection) };
    connection = spoken === 'TCP' ? net.connect(options) : tls.connect(options);
    return connection;
  });
  await once(near, spoken === 'TCP' ? 'connect' : 'secureConnect');
  const [carrier] = (await carried) as [Socket];
  const [far] = (await accepted) as [Socket];
  far.on('error', () => undefined);
  return {
    near,
    far,
    carrier,
    [Symbol.asyncDispose]: async () => {
      near.destroy();
      far.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Copied, for a piece is only lent; and why there was no more of them. */
async function received(near: GatheringSocket): Promise<{ pieces: Buffer[]; error: unknown }> {
  const pieces: Buffer[] = [];
  near.on('data', (piece: Buffer) => pieces.push(Buffer.from(piece)));
  const error = await new Promise((resolve) => near.once('end', resolve).once('error', resolve));
  return { pieces, error };
}

describe.each<Spoken>(['TCP', 'TLS'])('what comes by %s', (spoken) => {
  test.for([1, 511, largestRecord - 1, largestRecord + 1, 131_071, 131_072, 131_073, 700_001])(
    'is what was sent, in writes of %i bytes, with pauses between them',
    async (bytes) => {
      await using ends = await connected(spoken);
      const sent = archive.subarray(0, Math.min(archive.length, bytes * 300));
      const all = received(ends.near);
      for (let at = 0, number = 0; at < sent.length; at += bytes, number += 1) {
        ends.far.write(sent.subarray(at, at + bytes));
        if (number % 7 === 0) await turn();
      }
      ends.far.end();

      const { pieces, error } = await all;
      expect(error).toBeUndefined();
      expect(Buffer.concat(pieces).equals(sent)).toBe(true);
    },
  );

  test('is handed on in pieces larger than a record', async () => {
    await using ends = await connected(spoken);
    const all = received(ends.near);
    ends.far.end(archive);

    const { pieces } = await all;
    expect(Math.max(...pieces.map(({ length }) => length))).toBeGreaterThan(largestRecord);
    expect(pieces.length).toBeLessThan(archive.length / largestRecord);
  });

  test('is handed on at once, however little it is', async () => {
    await using ends = await connected(spoken);
    for (const text of ['a', 'few', 'bytes']) {
      ends.far.write(text);
      const [piece] = (await once(ends.near, 'data')) as [Buffer];
      expect(piece.toString()).toBe(text);
    }
  });

  test.for<[how: string, hangUp: (ends: Ends) => void, code: string | undefined]>([
    ['ends', ({ far }) => far.end(), undefined],
    ['is reset', ({ carrier }) => carrier.resetAndDestroy(), 'ECONNRESET'],
  ])('is handed on before the connection %s', async ([, hangUp, code]) => {
    await using ends = await connected(spoken);
    const all = received(ends.near);
    ends.far.write(archive.subarray(0, 40_001));
    // In the same turn, so that both are there when the near end looks.
    hangUp(ends);

    const { pieces, error } = await all;
    expect(Buffer.concat(pieces).equals(archive.subarray(0, 40_001))).toBe(true);
    expect((error as NodeJS.ErrnoException | undefined)?.code).toBe(code);
  });

  test('is handed on before an error that is met in the same turn', async () => {
    const cut = new Error('cut');
    const cutting: Reading = (onread, connection) => ({
      buffer: onread.buffer,
      callback: (bytes, into) => {
        const more = onread.callback(bytes, into);
        connection()?.destroy(cut);
        return more;
      },
    });
    await using ends = await connected(spoken, cutting);
    const all = received(ends.near);
    ends.far.write('the last words');

    const { pieces, error } = await all;
    expect(Buffer.concat(pieces).toString()).toBe('the last words');
    expect(error).toBe(cut);
  });

  test('waits with the sender while nobody takes it, and is whole and unchanged afterwards', async () => {
    await using ends = await connected(spoken);
    const much = Buffer.alloc(muchBytes, archive);
    ends.far.end(much);
    let before = -1;
    while (before !== ends.near.readableLength) {
      before = ends.near.readableLength;
      for (let turns = 0; turns < 50; turns += 1) await turn();
    }
    expect(before).toBeLessThan(512 * 1024);

    expect((await buffer(ends.near)).equals(much)).toBe(true);
  });

  test('is not read over while somebody is slow', async () => {
    await using ends = await connected(spoken);
    const sent = Buffer.concat([archive, reReleased, archive]);
    ends.far.end(sent);
    const pieces: Buffer[] = [];
    for await (const piece of ends.near as AsyncIterable<Buffer>) {
      for (let turns = 0; turns < 20; turns += 1) await turn();
      pieces.push(Buffer.from(piece));
    }

    expect(Buffer.concat(pieces).equals(sent)).toBe(true);
  });

  test('is no longer wanted by whoever closes: the other end sees it', async () => {
    await using ends = await connected(spoken);
    ends.far.write(archive);
    await once(ends.near, 'data');
    ends.near.destroy();

    await expect.poll(() => ends.far.destroyed).toBe(true);
  });
});

test("pieces of a body are Node's own: what is kept of them is not read over", async () => {
  await using harness = await openHarness();
  const url = harness.server.url('/sound');
  const request = http.get(url, {
    headers: { 'user-agent': harness.request(url).userAgent, 'accept-encoding': 'identity' },
    createConnection: () =>
      new GatheringSocket((onread) => net.connect({ host: '127.0.0.1', port: Number(url.port), onread })),
  });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const kept: Buffer[] = [];
  response.on('data', (piece: Buffer) => kept.push(piece));
  await once(response, 'end');

  expect(Buffer.concat(kept).equals(archive)).toBe(true);
});
