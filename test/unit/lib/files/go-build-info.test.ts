// Promises of reading how a Go program was built: real programs, and bytes that only look like one.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseGoBuildInfo, readGoBuildInfo } from '../../../../src/lib/files/go-build-info.ts';

const directory = mkdtempSync(join(tmpdir(), 'build-info-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  const low = (bytes.length & 0x7f) | (bytes.length > 0x7f ? 0x80 : 0);
  return Buffer.concat([Buffer.from(bytes.length > 0x7f ? [low, bytes.length >> 7] : [low]), bytes]);
}

const mark = '0w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6';
const modules = [
  `${mark}path\texample.org/cni/plugins/macvlan`,
  'mod\texample.org/cni\tv1.2.3\th1:abc=',
  'dep\texample.org/other\tv0.1.0\th1:def=',
  'dep\texample.org/forked\tv0.2.0',
  '=>\texample.org/fork\tv0.3.0\th1:ghi=',
  'build\t-compiler=gc',
  'build\tvcs.revision=0123abcd',
  mark,
].join('\n');

function programWith(flags: number): Buffer {
  const head = Buffer.alloc(32);
  head.write('\xff Go buildinf:', 'latin1');
  head[14] = 8;
  head[15] = flags;
  return Buffer.concat([head, text('go1.26.8'), text(modules)]);
}

function fileOf(bytes: Buffer): string {
  const path = join(directory, 'program');
  writeFileSync(path, bytes);
  return path;
}

describe('a Go program', () => {
  it('says compiler, package, module, version and commit', () => {
    expect(parseGoBuildInfo(programWith(2))).toEqual({
      compiler: 'go1.26.8',
      path: 'example.org/cni/plugins/macvlan',
      module: 'example.org/cni',
      version: 'v1.2.3',
      revision: '0123abcd',
      dependencies: new Map([
        ['example.org/other', 'v0.1.0'],
        ['example.org/forked', 'v0.3.0'],
      ]),
    });
  });

  it.each([0, 1_048_560, 1_048_576, 5_000_000 - (5_000_000 % 16)])(
    'is read wherever in the file it says so: at %i',
    (offset) => {
      const info = readGoBuildInfo(fileOf(Buffer.concat([Buffer.alloc(offset), programWith(2)])));
      expect(info?.version).toBe('v1.2.3');
    },
  );

  it('that has the magic among its constants too is read at the aligned place', () => {
    const constant = Buffer.concat([Buffer.from('\xff Go buildinf:', 'latin1'), Buffer.alloc(18)]);
    const info = readGoBuildInfo(
      fileOf(Buffer.concat([Buffer.alloc(3), constant, Buffer.alloc(13), programWith(2)])),
    );
    expect(info?.module).toBe('example.org/cni');
  });
});

describe('what says nothing', () => {
  it('is a program of Go before 1.18, whose strings are elsewhere', () => {
    expect(parseGoBuildInfo(programWith(0))).toBeUndefined();
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['a file of zeros', Buffer.alloc(3_000_000)],
    ['one that is cut behind the magic', programWith(2).subarray(0, 34)],
  ])('is %s', (_, bytes) => {
    expect(readGoBuildInfo(fileOf(bytes))).toBeUndefined();
  });

  it('is a path that leads nowhere', () => {
    expect(readGoBuildInfo(join(directory, 'absent'))).toBeUndefined();
  });

  it('is anything at all: damage never throws', () => {
    const whole = programWith(2);
    const checked = fc.check(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        parseGoBuildInfo(damaged.subarray(0, length));
      }),
    );
    expect(checked.counterexample).toBeNull();
  });
});
