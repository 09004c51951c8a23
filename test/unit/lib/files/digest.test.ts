// Promises of digests: what sha256sum says, from the first byte whatever the position, without stopping the world.

import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type DigestAlgorithm, digestOpenFile, type Digests } from '../../../../src/lib/files/digest.ts';

const directory = mkdtempSync(join(tmpdir(), 'digest-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const turnBytes = 8 * 1024 * 1024;

function fileOf(bytes: Buffer): string {
  const path = join(directory, String(bytes.length));
  writeFileSync(path, bytes);
  return path;
}

async function digestsOf(bytes: Buffer, algorithms: readonly DigestAlgorithm[]): Promise<Digests> {
  const fd = openSync(fileOf(bytes), 'r');
  try {
    return await digestOpenFile(fd, algorithms);
  } finally {
    closeSync(fd);
  }
}

describe('a digest', () => {
  it.each([
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'sha512',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ],
  ] as const)('%s is the published one for "abc"', async (algorithm, hex) => {
    expect(await digestsOf(Buffer.from('abc'), [algorithm])).toEqual({ [algorithm]: hex });
  });

  it.each([0, 1, 256 * 1024, 256 * 1024 + 1, turnBytes - 1, turnBytes, turnBytes + 1, 2 * turnBytes])(
    'of %i bytes is whole, across buffers and turns',
    async (length) => {
      const bytes = Buffer.alloc(length, 'every byte counts');
      const expected = createHash('sha256').update(bytes).digest('hex');
      expect(await digestsOf(bytes, ['sha256'])).toEqual({ sha256: expected });
    },
  );

  it('of both kinds comes from one reading; of none is none', async () => {
    const bytes = Buffer.from('both');
    expect(Object.keys(await digestsOf(bytes, ['sha256', 'sha512']))).toEqual(['sha256', 'sha512']);
    expect(await digestsOf(bytes, [])).toEqual({});
  });

  it("neither depends on the descriptor's position nor moves it", async () => {
    const fd = openSync(fileOf(Buffer.from('position')), 'r');
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, null);

    const { sha256 } = await digestOpenFile(fd, ['sha256']);
    readSync(fd, byte, 0, 1, null);
    closeSync(fd);

    expect(sha256).toBe(createHash('sha256').update('position').digest('hex'));
    expect(byte.toString()).toBe('o');
  });

  it('of a large file lets timers have their turn', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await digestsOf(Buffer.alloc(4 * turnBytes), ['sha256']);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it('of two files at once does not mix them up', async () => {
    const [one, other] = [Buffer.alloc(turnBytes + 7, 1), Buffer.alloc(turnBytes + 9, 2)];
    const digests = await Promise.all([one, other].map((bytes) => digestsOf(bytes, ['sha256'])));
    expect(digests).toEqual(
      [one, other].map((bytes) => ({ sha256: createHash('sha256').update(bytes).digest('hex') })),
    );
  });
});
