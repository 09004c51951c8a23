// Promise: of a disk that loses its power, what was flushed lasts, and of the rest just the blocks that chance says.

import { expect, it } from 'vitest';
import { VolatileDisk } from '../../machines/volatile-disk.ts';

const block = 4096;

function disk(): VolatileDisk {
  const made = new VolatileDisk(Buffer.alloc(4 * block, '-'));
  made.powerOn();
  return made;
}

/** The first byte of each block. */
function contentOf(made: VolatileDisk): string {
  return [0, 1, 2, 3].map((index) => made.read(index * block, 1).toString()).join('');
}

it('has what was written, and after a loss of power what was flushed', () => {
  const made = disk();
  made.write(0, Buffer.alloc(block, 'a'));
  made.flush();
  made.write(0, Buffer.alloc(2 * block, 'b'));

  expect(contentOf(made)).toBe('bb--');

  made.losePower(() => false);
  made.powerOn();

  expect(contentOf(made)).toBe('a---');
});

it('may have some of the blocks that were not flushed, each whole', () => {
  const made = disk();
  const chances = [true, false, true];
  made.write(block / 2, Buffer.alloc(2 * block, 'c'));
  made.losePower(() => chances.shift() === true);
  made.powerOn();

  expect(contentOf(made)).toBe('--c-');
  expect(made.read(block - 1, 1).toString()).toBe('c');
});

it('loses its power just before the request that was said, and knows nothing of what comes then', async () => {
  const made = disk();
  const lost = made.losePowerAt(2, () => true);
  made.write(0, Buffer.alloc(block, 'd'));

  expect(() => made.write(block, Buffer.alloc(block, 'e'))).toThrow('the disk has no power');

  await lost;

  expect(() => made.flush()).toThrow('the disk has no power');

  made.powerOn();

  expect(contentOf(made)).toBe('d---');
});
