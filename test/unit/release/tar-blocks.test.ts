// Promises of the cutting of a byte stream into whole tar blocks.

import { describe, expect, it } from 'vitest';
import { TarBlocks } from '../../../src/release/tar-blocks.ts';

const content = Buffer.from(Array.from({ length: 5 * 512 + 100 }, (_, at) => at % 251));

/** What comes out of pieces of that length, copied: it is only lent. */
function cut(pieceBytes: number): Buffer[] {
  const taken: Buffer[] = [];
  const blocks = new TarBlocks((whole) => taken.push(Buffer.from(whole)));
  for (let at = 0; at < content.length; at += pieceBytes) {
    blocks.write(content.subarray(at, at + pieceBytes));
  }
  return taken;
}

describe('blocks of a tar archive', () => {
  it.each([1, 7, 511, 512, 513, 1000, 1024, 4000])(
    'come whole and in order from pieces of %i bytes; what is no block stays behind',
    (pieceBytes) => {
      const taken = cut(pieceBytes);

      expect(taken.every(({ length }) => length > 0 && length % 512 === 0)).toBe(true);
      expect(Buffer.concat(taken)).toEqual(content.subarray(0, 5 * 512));
    },
  );
});
