// Promises of the names of system errors: every number of Linux has one, and words, whether Node knows it or not.

import { getSystemErrorMap } from 'node:util';
import { describe, expect, it } from 'vitest';
import { errnoOf, systemReason } from '../../../src/lib/errno.ts';
import { errorName, errorWords } from '../../../src/lib/linux/errors.ts';

/** As Node makes it where it has no name for the number: `code`, `errno` and `syscall` of fsync(2) under a quota. */
function nameless(number: number, code = `Unknown system error -${number}`): Error {
  return Object.assign(new Error(`${code}: ${code}, fsync`), { code, errno: -number, syscall: 'fsync' });
}

/** errno(3): 41 and 58 are others' names. */
const numbers = Array.from({ length: 133 }, (_, index) => index + 1).filter(
  (one) => one !== 41 && one !== 58,
);

describe('an error of a system call', () => {
  it.each(numbers)('%i has a name and words', (number) => {
    const name = errnoOf(nameless(number)) ?? '';

    expect(name).toMatch(/^E[A-Z0-9]+$/);
    expect(systemReason(nameless(number))).toBe(`${errorWords(name)} (${name})`);
    expect(errorWords(name)).toMatch(/^(RFS )?[^A-Z\n]*[a-z]/);
  });

  it("has Node's own name wherever Node has one", () => {
    const known = [...getSystemErrorMap()].filter(([number]) => number >= -133);
    const others = known.filter(([number, [name]]) => errorName(-number) !== name);

    expect(known.length).toBeGreaterThan(50);
    expect(others).toEqual([]);
  });

  it.each([
    [122, 'disk quota exceeded (EDQUOT)'],
    [116, 'stale file handle (ESTALE)'],
    [117, 'structure needs cleaning (EUCLEAN)'],
    [28, 'no space left on device (ENOSPC)'],
  ])('%i is %s', (number, reason) => {
    expect(systemReason(nameless(number))).toBe(reason);
    expect(systemReason(nameless(number, 'UNKNOWN'))).toBe(reason);
  });

  it('of a number that is the kernel’s own business is told by its number', () => {
    expect(errnoOf(nameless(524))).toBe('errno 524');
    expect(systemReason(nameless(524))).toBe('errno 524');
  });

  it('has the words of its other name too', () => {
    expect(errorWords('EOPNOTSUPP')).toBe(errorWords('ENOTSUP'));
  });

  it.each([[new Error('x')], [Object.assign(new Error('x'), { code: 7 })], ['EIO'], [undefined]])(
    'is none: %j',
    (error) => {
      expect(errnoOf(error)).toBeUndefined();
      expect(systemReason(error)).toBeUndefined();
    },
  );
});
