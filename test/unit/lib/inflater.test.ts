// Promises of both ways to inflate: by Node's stream, and into one buffer of ours.

import { createCipheriv } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import { assert, asyncProperty, constant, integer, nat, oneof, record, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InPlaceInflater } from '../../../src/lib/inflate/in-place-inflater.ts';
import { InflateError, type Inflater } from '../../../src/lib/inflate/inflater.ts';
import { StreamInflater } from '../../../src/lib/inflate/stream-inflater.ts';

const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(300_000));

/** Zeros make much of little, the rest nearly nothing of much. */
function content(bytes: number, zeros: number): Buffer {
  return Buffer.concat([noise.subarray(0, bytes), Buffer.alloc(zeros)]);
}

function cut(bytes: Buffer, length: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += length) pieces.push(bytes.subarray(at, at + length));
  return pieces;
}

/** Writes pieces until the stream has ended; what came of them, and what was not taken. */
async function inflated(Kind: new (take: (part: Buffer) => void) => Inflater, pieces: readonly Buffer[]) {
  const parts: Buffer[] = [];
  using inflater: Inflater = new Kind((part) => parts.push(Buffer.from(part)));
  for (const [index, piece] of pieces.entries()) {
    const taken = await inflater.write(piece);
    const rest = [piece.subarray(taken), ...pieces.slice(index + 1)];
    if (taken < piece.length) return { output: Buffer.concat(parts), rest: Buffer.concat(rest) };
  }
  return { output: Buffer.concat(parts), rest: undefined };
}

describe.each([
  ['in place', InPlaceInflater],
  ['by a stream', StreamInflater],
])('inflating %s', (_, Kind) => {
  it('gives what was deflated, and takes no byte behind it, wherever its pieces end', async () => {
    const anyCase = record({
      bytes: nat(300_000),
      zeros: oneof(nat(1_000), constant(3_000_000)),
      behind: uint8Array({ minLength: 1, maxLength: 20 }),
      length: oneof(integer({ min: 1, max: 50 }), integer({ min: 5_000, max: 400_000 })),
    });
    await assert(
      asyncProperty(anyCase, async ({ bytes, zeros, behind, length }) => {
        const original = content(length < 100 ? bytes % 3_000 : bytes, zeros);
        const stream = Buffer.concat([deflateRawSync(original), behind]);

        const { output, rest } = await inflated(Kind, cut(stream, length));

        expect(output.equals(original)).toBe(true);
        expect(rest).toEqual(Buffer.from(behind));
      }),
      { numRuns: 60 },
    );
  });

  it('knows an end that is also the end of a piece by the next one', async () => {
    const deflated = deflateRawSync(Buffer.from('all of it'));

    expect(await inflated(Kind, [deflated])).toEqual({ output: Buffer.from('all of it'), rest: undefined });
    expect(await inflated(Kind, [deflated, Buffer.from('more')])).toEqual({
      output: Buffer.from('all of it'),
      rest: Buffer.from('more'),
    });
  });

  it('names what is no deflate stream', async () => {
    const unfinished = deflateRawSync(content(100_000, 0), { finishFlush: constants.Z_SYNC_FLUSH });
    const noBlock = Buffer.from([0xff]);

    for (const pieces of [[noBlock], cut(Buffer.concat([unfinished, noBlock]), 30_000)]) {
      const error: unknown = await inflated(Kind, pieces).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InflateError);
      expect(error).toMatchObject({ message: expect.stringMatching(/^invalid /) });
    }
  });

  it('passes on what whoever takes the output throws', async () => {
    const refusal = new Error('no more');
    using inflater: Inflater = new Kind(() => {
      throw refusal;
    });

    await expect(inflater.write(deflateRawSync(content(1_000, 0)))).rejects.toBe(refusal);
  });

  it('lets timers and signals have their turn', async () => {
    const bomb = deflateRawSync(Buffer.alloc(100_000_000));
    using inflater: Inflater = new Kind(() => undefined);
    let turns = 0;
    const counting = setInterval(() => (turns += 1));

    await inflater.write(bomb);
    clearInterval(counting);

    expect(turns).toBeGreaterThan(5);
  });
});

describe('inflating in place', () => {
  it('lends one buffer, and gives its memory back in the end', async () => {
    const parts: Buffer[] = [];
    const inflater = new InPlaceInflater((part) => parts.push(part));

    await inflater.write(deflateRawSync(Buffer.alloc(1_000_000)));
    expect(new Set(parts.map(({ buffer }) => buffer)).size).toBe(1);
    inflater[Symbol.dispose]();

    expect(parts[0]?.length).toBe(0);
  });
});
