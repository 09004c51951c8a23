// Inflates a gzip file member by member (RFC 1952), in constant memory.
//
// Node's own Gunzip takes any byte after the last member for the beginning of another one, fails on it, and drops what
// it had inflated in the same call. gzip(1) ignores such bytes, and archives that went through padding or signing tools
// have them. So the framing is done here, and only the raw deflate stream is Node's.

import { crc32 } from 'node:zlib';
import { thrift } from '../memory/thrift.ts';
import { InPlaceInflater } from './in-place-inflater.ts';
import { InflateError } from './inflater.ts';
import { StreamInflater } from './stream-inflater.ts';

/** The bytes are no gzip file, or one that was cut short. */
export class GunzipError extends Error {
  override readonly name = 'GunzipError';
}

/**
 * Calls `take` with each inflated piece, in order; the piece is only lent until it returns, and so is each piece of the
 * source until the next one is asked for. Ends at the first byte after a member that does not begin another one.
 *
 * @param enough is asked now and then, and ends the reading by saying yes. Only for a source that is known to be whole:
 *   the checksum is at the end, and is not even computed where the end need not come.
 * @throws GunzipError; or what `take` or the source throws.
 */
export async function gunzip(
  source: Iterable<Buffer>,
  take: (piece: Buffer) => void,
  enough?: () => boolean,
): Promise<void> {
  const input = new Input(source);
  if (!readHeader(input)) throw new GunzipError('it does not begin as gzip files do');
  do {
    if (enough === undefined) await checkMember(input, take);
    else if (!(await inflateMember(input, take, enough))) return;
    else readTrailer(input);
  } while (readHeader(input));
}

async function checkMember(input: Input, take: (piece: Buffer) => void): Promise<void> {
  let checksum = 0;
  await inflateMember(input, (piece) => {
    checksum = crc32(piece, checksum);
    take(piece);
  });
  if (readTrailer(input) !== checksum) throw new GunzipError('its checksum does not match its content');
}

/** The compressed bytes, with a look ahead across the borders of the pieces they come in. */
class Input {
  readonly #pieces: Iterator<Buffer>;
  #piece: Buffer = Buffer.alloc(0);

  constructor(source: Iterable<Buffer>) {
    this.#pieces = source[Symbol.iterator]();
  }

  /** What is left of the current piece, or the next one; empty at the end. */
  piece(): Buffer {
    if (this.#piece.length === 0) this.#piece = this.#next() ?? this.#piece;
    return this.#piece;
  }

  skip(bytes: number): void {
    this.peek(bytes);
    this.#piece = this.#piece.subarray(bytes);
  }

  /** The next bytes without taking them; fewer at the end. */
  peek(bytes: number): Buffer {
    while (this.#piece.length < bytes) {
      const kept = Buffer.from(this.#piece);
      const next = this.#next();
      this.#piece = next === undefined ? kept : Buffer.concat([kept, next]);
      if (next === undefined) break;
    }
    return this.#piece.subarray(0, bytes);
  }

  /** Takes the bytes up to and with the next zero. */
  skipText(): void {
    while (this.peek(1).length === 1 && this.peek(1)[0] !== 0) this.skip(1);
    this.skip(1);
  }

  #next(): Buffer | undefined {
    const { done, value } = this.#pieces.next();
    return done === true ? undefined : value;
  }
}

const flag = { headerCrc: 2, extra: 4, name: 8, comment: 16 } as const;

/** Takes a member's header (RFC 1952, 2.3); false, and nothing is taken, where none begins. */
function readHeader(input: Input): boolean {
  const head = input.peek(10);
  if (head.length < 10 || head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8) return false;
  const flags = head[3] ?? 0;
  input.skip(10);
  if ((flags & flag.extra) !== 0) {
    const length = input.peek(2);
    input.skip(2 + (length[0] ?? 0) + (length[1] ?? 0) * 256);
  }
  if ((flags & flag.name) !== 0) input.skipText();
  if ((flags & flag.comment) !== 0) input.skipText();
  if ((flags & flag.headerCrc) !== 0) input.skip(2);
  return true;
}

/** Returns the CRC-32 of what was inflated. The size beside it is left to whoever knows what it should be. */
function readTrailer(input: Input): number {
  const trailer = input.peek(8);
  if (trailer.length < 8) throw new GunzipError('it is cut short');
  input.skip(8);
  return trailer.readUInt32LE(0);
}

/** True when the deflate stream has ended, and the input is right behind it; false when it was enough before that. */
async function inflateMember(
  input: Input,
  take: (piece: Buffer) => void,
  enough: () => boolean = () => false,
): Promise<boolean> {
  using inflater = thrift.inflatesInPlace ? new InPlaceInflater(take) : new StreamInflater(take);
  for (;;) {
    const piece = input.piece();
    if (piece.length === 0) throw new GunzipError('it is cut short');
    const taken = await inflater.write(piece).catch((error: unknown) => {
      throw error instanceof InflateError ? new GunzipError(error.message, { cause: error }) : error;
    });
    const hasEnded = taken < piece.length;
    input.skip(taken);
    if (hasEnded) return true;
    if (enough()) return false;
  }
}
