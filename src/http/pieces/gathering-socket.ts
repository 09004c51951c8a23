// A connection that hands on what it reads in pieces larger than the records of TLS, and than one read of TCP.
//
// Node's HTTP client takes each read through its parser and through every stream behind it, which is most of what a
// download costs where JavaScript is interpreted. By `onread` (socket.connect() in Node's manual, which tls.connect()
// refers to) a connection reads into memory of ours, and calls one function for each read.

import type { OnReadOpts, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { PieceBuffer } from './piece-buffer.ts';

type Done = (error?: Error | null) => void;

/**
 * Hands on when a buffer is full, or as soon as there is nothing more to read at the moment: nothing waits for more to come.
 * What came before an end or an error is handed on before that. A piece is lent to the listeners of `data`: its memory is
 * read into again, unless it had to be queued. Node's parser copies what it passes on of it.
 */
export class GatheringSocket extends Duplex {
  readonly #pieces = new PieceBuffer();
  readonly #connection: Socket;
  #isEnded = false;
  #handingOn: NodeJS.Immediate | undefined;

  /** @param connect begins to connect, by TCP or TLS; with that `onread`, and in nothing else: in a tunnel it is ignored. */
  constructor(connect: (onread: OnReadOpts) => Socket) {
    super({ allowHalfOpen: false });
    const connection = connect({ buffer: () => this.#pieces.room(), callback: (bytes) => this.#came(bytes) });
    for (const event of ['connect', 'secureConnect', 'timeout']) {
      connection.on(event, () => this.emit(event));
    }
    connection.on('end', () => this.#end());
    connection.on('error', (error) => this.#break(error));
    connection.on('close', () => {
      if (!this.#isEnded) this.destroy();
      this.#pieces.release();
    });
    this.#connection = connection;
  }

  /** Asked for by Node's client of whatever a request is sent by. */
  setTimeout(ms: number): this {
    this.#connection.setTimeout(ms);
    return this;
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#connection.write(chunk, done);
  }

  override _final(done: Done): void {
    // One that is closed already has nothing to send.
    this.#connection.end(() => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    clearImmediate(this.#handingOn);
    this.#connection.destroy();
    done(error);
  }

  /** Whether to read on. TLS calls for what it has deciphered already, whatever the answer was. */
  #came(bytes: number): boolean {
    this.#pieces.filled(bytes);
    if (!this.#pieces.isFull) {
      this.#handingOn ??= setImmediate(() => this.#handOn() || this.#connection.pause());
      return true;
    }
    const more = this.#handOn();
    this.#pieces.turn();
    return more;
  }

  /** Whether more is wanted. */
  #handOn(): boolean {
    clearImmediate(this.#handingOn);
    this.#handingOn = undefined;
    const piece = this.#pieces.take();
    if (piece.length === 0 || this.destroyed) return true;
    const more = this.push(piece);
    if (this.readableLength > 0) this.#pieces.keep();
    return more;
  }

  #end(): void {
    this.#handOn();
    this.#isEnded = true;
    this.push(null);
  }

  #break(error: Error): void {
    this.#handOn();
    this.destroy(error);
  }
}
