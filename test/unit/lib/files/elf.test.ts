// Promises of reading ELF headers: real executables, headers of every architecture, and what only looks like one.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { elfHeadBytes, readElf } from '../../../../src/lib/files/elf.ts';
import { plugin, pluginForAnotherMachine, shellScript } from '../../../support/plugins.ts';
import { ownArch } from '../../../support/own-arch.ts';
import { architectures } from '../../../../src/lib/architecture.ts';

interface HeaderFacts {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly machine: number;
  readonly segments?: readonly {
    readonly type: number;
    readonly offset: number;
    readonly fileSize: number;
  }[];
  readonly sections?: { readonly offset: number; readonly count: number };
}

/** An ELF header with its program headers, by elf(5). */
function elfHead({ bits, littleEndian, machine, segments = [], sections }: HeaderFacts): Buffer {
  const [headerBytes, segmentBytes, sectionBytes] = bits === 64 ? [64, 56, 64] : [52, 32, 40];
  const head = Buffer.alloc(Math.max(128, headerBytes + segments.length * segmentBytes));
  const write = writerOf(head, littleEndian);
  head.write('\x7fELF', 0, 'latin1');
  head[4] = bits === 64 ? 2 : 1;
  head[5] = littleEndian ? 1 : 2;
  write.u16(machine, 18);
  const address = bits === 64 ? write.u64 : write.u32;
  address(headerBytes, bits === 64 ? 32 : 28);
  address(sections?.offset ?? 0, bits === 64 ? 40 : 32);
  const sizes = bits === 64 ? 54 : 42;
  write.u16(segmentBytes, sizes);
  write.u16(segments.length, sizes + 2);
  write.u16(sectionBytes, sizes + 4);
  write.u16(sections?.count ?? 0, sizes + 6);
  for (const [index, { type, offset, fileSize }] of segments.entries()) {
    const at = headerBytes + index * segmentBytes;
    write.u32(type, at);
    address(offset, at + (bits === 64 ? 8 : 4));
    address(fileSize, at + (bits === 64 ? 32 : 16));
  }
  return head;
}

function writerOf(bytes: Buffer, littleEndian: boolean) {
  return {
    u16: (value: number, at: number) =>
      littleEndian ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at),
    u32: (value: number, at: number) =>
      littleEndian ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at),
    u64: (value: number, at: number) =>
      littleEndian ? bytes.writeBigUInt64LE(BigInt(value), at) : bytes.writeBigUInt64BE(BigInt(value), at),
  };
}

const machines = {
  amd64: { machine: 62, bits: 64, littleEndian: true },
  arm: { machine: 40, bits: 32, littleEndian: true },
  arm64: { machine: 183, bits: 64, littleEndian: true },
  mips64le: { machine: 8, bits: 64, littleEndian: true },
  ppc64le: { machine: 21, bits: 64, littleEndian: true },
  riscv64: { machine: 243, bits: 64, littleEndian: true },
  s390x: { machine: 22, bits: 64, littleEndian: false },
} as const;

describe('a real executable', () => {
  it('of this machine is recognised, static, and whole', () => {
    const bytes = plugin('macvlan');
    const elf = readElf(bytes.subarray(0, elfHeadBytes));
    expect(elf).toMatchObject({ kind: 'elf', arch: ownArch, isStatic: true });
    expect(elf.kind === 'elf' && elf.endBytes).toBe(bytes.length);
  });

  it('that needs an interpreter is not static', () => {
    expect(readElf(readFileSync('/bin/sh').subarray(0, elfHeadBytes))).toMatchObject({
      kind: 'elf',
      arch: ownArch,
      isStatic: false,
    });
  });

  it('of another machine says of which', () => {
    const other = pluginForAnotherMachine('macvlan');
    expect(readElf(other.subarray(0, elfHeadBytes))).toMatchObject({ kind: 'elf', arch: 'machine 22' });
  });
});

describe('a header', () => {
  it.each(Object.entries(machines))('of %s is told by machine, word size and byte order', (arch, facts) => {
    expect(readElf(elfHead(facts))).toMatchObject({ kind: 'elf', arch });
  });

  it("has every architecture of upstream's archives in this table", () => {
    expect(Object.keys(machines).toSorted()).toEqual([...architectures].toSorted());
  });

  it.each([
    ['big-endian mips64', { machine: 8, bits: 64, littleEndian: false }, 'machine 8'],
    ['32-bit mips', { machine: 8, bits: 32, littleEndian: true }, 'machine 8'],
    ['big-endian ppc64', { machine: 21, bits: 64, littleEndian: false }, 'machine 21'],
    ['x32', { machine: 62, bits: 32, littleEndian: true }, 'machine 62'],
    ['i386', { machine: 3, bits: 32, littleEndian: true }, 'machine 3'],
  ] as const)('of %s is none of them', (_name, facts, arch) => {
    expect(readElf(elfHead(facts))).toMatchObject({ kind: 'elf', arch });
  });

  it.each(Object.entries(machines))('of %s tells where the file must end at least', (_arch, facts) => {
    const segments = [
      { type: 1, offset: 0, fileSize: 4096 },
      { type: 1, offset: 8192, fileSize: 1000 },
    ];
    expect(readElf(elfHead({ ...facts, segments }))).toMatchObject({ endBytes: 9192, isStatic: true });
    const sections = { offset: 20_000, count: 3 };
    const sectionBytes = facts.bits === 64 ? 64 : 40;
    expect(readElf(elfHead({ ...facts, segments, sections }))).toMatchObject({
      endBytes: 20_000 + 3 * sectionBytes,
    });
  });

  it.each(Object.entries(machines))('of %s tells whether an interpreter is asked for', (_arch, facts) => {
    const segments = [{ type: 3, offset: 64, fileSize: 28 }];
    expect(readElf(elfHead({ ...facts, segments }))).toMatchObject({ isStatic: false });
  });

  it('of a program without anything ends no earlier than itself', () => {
    expect(readElf(elfHead(machines.amd64))).toMatchObject({ endBytes: 64 });
  });

  it('that claims headers beyond what is there is read as far as it goes', () => {
    const head = elfHead(machines.amd64);
    head.writeUInt16LE(65_535, 56);
    head.writeBigUInt64LE(2n ** 60n, 32);
    expect(readElf(head)).toMatchObject({ kind: 'elf', arch: 'amd64' });
  });

  it('that claims program headers of no size is not read over and over', () => {
    const head = elfHead({ ...machines.amd64, segments: [{ type: 3, offset: 0, fileSize: 1 }] });
    head.writeUInt16LE(0, 54);
    expect(readElf(head)).toMatchObject({ kind: 'elf', isStatic: true });
  });
});

describe('what is no executable', () => {
  it.each<[what: string, bytes: Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['a shell script', shellScript('macvlan')],
    ['zeros', Buffer.alloc(4096)],
    ['the magic alone', Buffer.from('\x7fELF', 'latin1')],
    ['a header cut short', elfHead(machines.amd64).subarray(0, 40)],
    ['a Windows program', Buffer.from(`MZ${'\0'.repeat(200)}`)],
  ])('is said to be none, and why: %s', (_what, bytes) => {
    expect(readElf(bytes)).toEqual({ kind: 'not-elf', because: expect.stringMatching(/^it /) });
  });
});
