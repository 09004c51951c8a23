// A digest is taken from a checksum file only where that speaks of our file.

import { describe, expect, it } from 'vitest';
import { checksumLine, digestIn } from '../../../src/release/checksum-file.ts';

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const longA = 'a'.repeat(128);
const file = 'cni-plugins-linux-amd64-v1.9.1.tgz';

describe('a checksum file', () => {
  it.each<[text: string]>([
    [checksumLine(a, file)],
    [`${a} *${file}\n`],
    [`${a}  ./${file}`],
    [`${a}\n`],
    [`${a}  ${file}\r\n`],
    [`${b}  other.tgz\n${a}  ${file}\n`],
    [`${a.toUpperCase()}  ${file}\n`],
    [`${longA}  ${file}\n${a}  ${file}\n`],
  ])('gives the digest of our file: %j', (text) => {
    expect(digestIn(text, file, 'sha256')).toBe(a);
  });

  it('of sha512sum gives the longer one', () => {
    expect(digestIn(checksumLine(longA, file), file, 'sha512')).toBe(longA);
    expect(digestIn(checksumLine(a, file), file, 'sha512')).toBeUndefined();
  });

  it.each<[text: string]>([
    [''],
    ['<!doctype html>'],
    [`${b}  other.tgz\n`],
    [`${a}0  ${file}\n`],
    [`${a.slice(1)}  ${file}\n`],
    [`${longA}  ${file}\n`],
    [`SHA256 (${file}) = ${a}\n`],
    [`${a}  ../${file}\n`],
    [`${a}  ${file}.sig\n`],
  ])('of another kind or file gives none: %j', (text) => {
    expect(digestIn(text, file, 'sha256')).toBeUndefined();
  });

  it('is one line as sha256sum writes it, two spaces between', () => {
    expect(checksumLine(a, file)).toBe(`${a}  ${file}\n`);
  });
});
