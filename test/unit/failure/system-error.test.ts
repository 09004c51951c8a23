// Promises of the kernel's refusals in words: the reason is named, and one condition has one code.

import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/failure/failure.ts';
import { asRefusal, onNode } from '../../../src/failure/system-error.ts';

function refused(number: number, code: string, more: object = { path: '/bin/x' }): Error {
  return Object.assign(new Error(code), { code, errno: -number, syscall: 'open', ...more });
}

const nameless = 'Unknown system error -122';

describe('what the node refuses', () => {
  it.each([
    [28, 'ENOSPC', 'node-no-space', 'no space left on device (ENOSPC)'],
    [122, nameless, 'node-no-space', 'disk quota exceeded (EDQUOT)'],
    [122, 'UNKNOWN', 'node-no-space', 'disk quota exceeded (EDQUOT)'],
    [30, 'EROFS', 'node-read-only', 'read-only file system (EROFS)'],
    [13, 'EACCES', 'node-permission', 'permission denied (EACCES)'],
    [1, 'EPERM', 'node-permission', 'operation not permitted (EPERM)'],
    [5, 'EIO', 'node-io-error', 'input/output error (EIO)'],
    [117, 'Unknown system error -117', 'node-io-error', 'structure needs cleaning (EUCLEAN)'],
    [116, 'Unknown system error -116', 'node-refused', 'stale file handle (ESTALE)'],
    [26, 'ETXTBSY', 'node-refused', 'text file busy (ETXTBSY)'],
    [524, 'Unknown system error -524', 'node-refused', 'unknown error (errno 524)'],
  ])('with %i, that Node calls %s, is %s: %s', (number, code, expected, words) => {
    const failure = asRefusal(refused(number, code));

    expect(failure).toMatchObject({ kind: 'node', code: expected });
    expect(failure).toMatchObject({ message: `the node refused open of /bin/x: ${words}` });
  });

  it('names what it was for, and the file where the error names none', () => {
    const failure = asRefusal(refused(122, nameless, {}), 'to store what is downloaded', '/state/x.partial');

    expect(failure).toMatchObject({
      message:
        'the node refused open of /state/x.partial to store what is downloaded: disk quota exceeded (EDQUOT)',
    });
  });

  it('is what comes out of a step that touches the node; a bug comes out as it is', async () => {
    const bug = new TypeError('x');

    await expect(onNode(() => Promise.reject(refused(5, 'EIO')))).rejects.toBeInstanceOf(Failure);
    await expect(onNode(() => Promise.reject(bug))).rejects.toBe(bug);
  });
});
