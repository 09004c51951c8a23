// What an ELF header says of a plugin: for which machine, whole or cut short, static or not. Pure.

import type { Arch } from '../architecture.ts';

const machineOf: Readonly<Record<Arch, { machine: number; bits: 32 | 64; littleEndian: boolean }>> = {
  amd64: { machine: 62, bits: 64, littleEndian: true },
  arm: { machine: 40, bits: 32, littleEndian: true },
  arm64: { machine: 183, bits: 64, littleEndian: true },
  mips64le: { machine: 8, bits: 64, littleEndian: true },
  ppc64le: { machine: 21, bits: 64, littleEndian: true },
  riscv64: { machine: 243, bits: 64, littleEndian: true },
  s390x: { machine: 22, bits: 64, littleEndian: false },
};

export type Elf =
  | { readonly kind: 'not-elf'; readonly because: string }
  | {
      readonly kind: 'elf';
      /** Go's name of the architecture, or `machine 3` where it is none of upstream's. */
      readonly arch: string;
      /** No program interpreter: runs without any library of the file system it is started in. */
      readonly isStatic: boolean;
      /** The program interpreter, such as `/lib64/ld-linux-x86-64.so.2`; absent where there is none, or not in the bytes at hand. */
      readonly loader?: string;
      /** The file is at least this long when it is whole. */
      readonly endBytes: number;
    };

/** How much of the file's beginning `readElf` wants. */
export const elfHeadBytes = 4096;

const programInterpreter = 3;

/** Reads an ELF header (elf(5)) and its program header table from the first bytes of a file. */
export function readElf(head: Buffer): Elf {
  if (head.length === 0) return { kind: 'not-elf', because: 'it is empty' };
  if (head.length < 64 || head.toString('latin1', 0, 4) !== '\x7fELF') {
    return { kind: 'not-elf', because: 'it does not begin with an ELF header' };
  }
  const fields = headerFields(head);
  const segments = programHeaders(head, fields);
  const segmentEnds = segments.map(({ offset, fileSize }) => offset + fileSize);
  const sectionsEnd = fields.sectionOffset + fields.sectionCount * fields.sectionSize;
  return {
    kind: 'elf',
    arch: archOf(fields),
    isStatic: segments.every(({ type }) => type !== programInterpreter),
    ...loaderIn(head, segments),
    endBytes: Math.max(64, sectionsEnd, ...segmentEnds),
  };
}

function loaderIn(head: Buffer, segments: readonly Segment[]): { readonly loader?: string } {
  const { offset = 0, fileSize = 0 } = segments.find(({ type }) => type === programInterpreter) ?? {};
  const name = head.toString('latin1', offset, offset + fileSize).replace(/\0.*$/s, '');
  return fileSize > 0 && offset + fileSize <= head.length && /^\/[\x21-\x7e]+$/.test(name)
    ? { loader: name }
    : {};
}

interface HeaderFields {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly machine: number;
  readonly programOffset: number;
  readonly programSize: number;
  readonly programCount: number;
  readonly sectionOffset: number;
  readonly sectionSize: number;
  readonly sectionCount: number;
}

function headerFields(head: Buffer): HeaderFields {
  const bits = head[4] === 1 ? 32 : 64;
  const littleEndian = head[5] !== 2;
  const word = numbersOf(head, littleEndian);
  const sizes = bits === 64 ? 54 : 42;
  return {
    bits,
    littleEndian,
    machine: word.u16(18),
    programOffset: bits === 64 ? word.u64(32) : word.u32(28),
    sectionOffset: bits === 64 ? word.u64(40) : word.u32(32),
    programSize: word.u16(sizes),
    programCount: word.u16(sizes + 2),
    sectionSize: word.u16(sizes + 4),
    sectionCount: word.u16(sizes + 6),
  };
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly fileSize: number;
}

/** The program headers that lie within the bytes at hand; real binaries have them right after the header. */
function programHeaders(head: Buffer, fields: HeaderFields): Segment[] {
  const word = numbersOf(head, fields.littleEndian);
  const segments: Segment[] = [];
  for (let index = 0; index < fields.programCount; index += 1) {
    const at = fields.programOffset + index * fields.programSize;
    if (fields.programSize < 32 || at + fields.programSize > head.length) break;
    segments.push(
      fields.bits === 64
        ? { type: word.u32(at), offset: word.u64(at + 8), fileSize: word.u64(at + 32) }
        : { type: word.u32(at), offset: word.u32(at + 4), fileSize: word.u32(at + 16) },
    );
  }
  return segments;
}

function archOf(fields: HeaderFields): string {
  const found = Object.entries(machineOf).find(
    ([, wanted]) =>
      wanted.machine === fields.machine &&
      wanted.bits === fields.bits &&
      wanted.littleEndian === fields.littleEndian,
  );
  return found?.[0] ?? `machine ${fields.machine}`;
}

function numbersOf(bytes: Buffer, littleEndian: boolean) {
  return {
    u16: (at: number) => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
    u32: (at: number) => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)),
    u64: (at: number) => Number(littleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)),
  };
}
