// Promises about the memory of a stream's pieces.

import { describe, expect, it } from 'vitest';
import { SpentBuffers } from '../../../../src/lib/memory/spent-buffers.ts';

const ownBuffer = (): Buffer => Buffer.allocUnsafeSlow(Buffer.poolSize);

describe('the memory of a piece', () => {
  it('is given back once a piece of another buffer was consumed, and not before', () => {
    const spent = new SpentBuffers();
    const [first, second] = [ownBuffer(), ownBuffer()];

    spent.consumed(first);
    expect(first.length).toBe(Buffer.poolSize);
    spent.consumed(second);

    expect([first.length, second.length]).toEqual([0, Buffer.poolSize]);
  });

  it('stays as long as pieces of the same buffer come', () => {
    const spent = new SpentBuffers();
    const whole = Buffer.allocUnsafeSlow(4 * Buffer.poolSize);

    spent.consumed(whole.subarray(0, 10));
    spent.consumed(whole.subarray(10));

    expect(whole.length).toBe(4 * Buffer.poolSize);
  });

  it('stays where giving it back is switched off', () => {
    const spent = new SpentBuffers(false);
    const pieces = [ownBuffer(), ownBuffer(), ownBuffer()];

    for (const piece of pieces) spent.consumed(piece);

    expect(pieces.map(({ length }) => length)).toEqual(pieces.map(() => Buffer.poolSize));
  });

  it("stays where it is a part of Node's pool", () => {
    const spent = new SpentBuffers();
    const pooled = Buffer.allocUnsafe(10);

    spent.consumed(pooled);
    spent.consumed(ownBuffer());
    spent.consumed(ownBuffer());

    expect(pooled.length).toBe(10);
  });
});
