// Serves a drive to QEMU by the NBD protocol (github.com/NetworkBlockDevice/nbd, doc/proto.md): fixed newstyle, simple replies.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** What a drive has to be able to do. */
export interface Blocks {
  readonly size: number;
  read(offset: number, length: number): Buffer;
  write(offset: number, bytes: Buffer): void;
  flush(): void;
}

const magic = {
  server: 0x4e42444d41474943n,
  option: 0x49484156454f5054n,
  optionReply: 0x3e889045565a9n,
  request: 0x25609513,
  reply: 0x67446698,
} as const;

const option = { abort: 2, go: 7 } as const;
const optionReply = { acknowledged: 1, information: 3, unsupported: 0x80000001 } as const;
const command = { read: 0, write: 1, disconnect: 2, flush: 3 } as const;
const invalid = 22;

/** Has flags; knows flush. A client that wants a write to last at once has to flush behind it. */
const transmissionFlags = 1 | 4;

/** Resolves when it listens at the path. */
export async function serveBlocks(path: string, blocks: Blocks): Promise<Server> {
  const server = createServer((socket) => {
    // A machine that loses its power does not hang up in due form.
    serve(socket, blocks).catch(() => socket.destroy());
  });
  const listening = once(server, 'listening');
  server.listen(path);
  await listening;
  return server;
}

async function serve(socket: Socket, blocks: Blocks): Promise<void> {
  const input = new ByteReader(socket);
  if (await negotiate(socket, input, blocks)) await transmit(socket, input, blocks);
  socket.end();
}

/** Whether the client goes on to transmit. */
async function negotiate(socket: Socket, input: ByteReader, { size }: Blocks): Promise<boolean> {
  const fixedNewstyle = 1;
  socket.write(
    Buffer.concat([bigEndian(8, magic.server), bigEndian(8, magic.option), bigEndian(2, fixedNewstyle)]),
  );
  await input.take(4);
  for (;;) {
    const head = await input.take(16);
    const asked = head.readUInt32BE(8);
    await input.take(head.readUInt32BE(12));
    const answer = (type: number, content: Uint8Array = Buffer.alloc(0)): void => {
      const parts = [bigEndian(8, magic.optionReply), bigEndian(4, asked), bigEndian(4, type)];
      socket.write(Buffer.concat([...parts, bigEndian(4, content.length), content]));
    };
    if (asked === option.go) {
      answer(optionReply.information, exportInformation(size));
      answer(optionReply.acknowledged);
      return true;
    }
    answer(asked === option.abort ? optionReply.acknowledged : optionReply.unsupported);
    if (asked === option.abort) return false;
  }
}

function exportInformation(size: number): Buffer {
  return Buffer.concat([bigEndian(2, 0), bigEndian(8, size), bigEndian(2, transmissionFlags)]);
}

async function transmit(socket: Socket, input: ByteReader, blocks: Blocks): Promise<void> {
  for (;;) {
    const head = await input.take(28);
    const [type, cookie] = [head.readUInt16BE(6), head.subarray(8, 16)];
    const [offset, length] = [Number(head.readBigUInt64BE(16)), head.readUInt32BE(24)];
    if (type === command.disconnect) return;
    const reply = (error: number, bytes: Uint8Array = Buffer.alloc(0)): void => {
      socket.write(Buffer.concat([bigEndian(4, magic.reply), bigEndian(4, error), cookie, bytes]));
    };
    if (type === command.read) reply(0, blocks.read(offset, length));
    else if (type === command.write) {
      blocks.write(offset, await input.take(length));
      reply(0);
    } else if (type === command.flush) {
      blocks.flush();
      reply(0);
    } else reply(invalid);
  }
}

function bigEndian(bytes: 2 | 4 | 8, value: number | bigint): Buffer {
  const whole = Buffer.alloc(8);
  whole.writeBigUInt64BE(BigInt(value));
  return whole.subarray(8 - bytes);
}

/** The bytes of a stream, as many at a time as are asked for. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Rejects when the stream ends before. */
  async take(count: number): Promise<Buffer> {
    const parts = [this.#rest];
    let length = this.#rest.length;
    while (length < count) {
      const { done, value } = await this.#chunks.next();
      if (done === true) throw new Error('the client hung up');
      parts.push(value);
      length += value.length;
    }
    const all = Buffer.concat(parts);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }
}
