// Trims 64-bit little-endian ELF files: those of both platforms.

const magic = Buffer.from('\x7fELF\x02\x01', 'latin1');
const header = { programHeaders: 0x20, sections: 0x28, programHeaderSize: 0x36 } as const;
const sectionCounts = { size: 0x3a, count: 0x3c, names: 0x3e } as const;
const programHeader = { offset: 0x08, fileSize: 0x20 } as const;

/**
 * The file without its symbol table and debugging information, which no loader reads: cut off behind the last byte that
 * a program header covers, the section headers with it. Every byte before is kept, but the four fields that say where
 * the section headers are. Unlike strip(1) it gives the same bytes on every machine, for files of every platform. Throws
 * for a file of another kind, which this image can't have.
 */
export function withoutUnloaded(elf: Buffer): Buffer {
  if (!elf.subarray(0, magic.length).equals(magic)) throw new Error('not a 64-bit little-endian ELF file');
  const table = Number(elf.readBigUInt64LE(header.programHeaders));
  const size = elf.readUInt16LE(header.programHeaderSize);
  const count = elf.readUInt16LE(header.programHeaderSize + 2);
  const ends = Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    const offset = elf.readBigUInt64LE(at + programHeader.offset);
    return Number(offset + elf.readBigUInt64LE(at + programHeader.fileSize));
  });
  const loaded = Buffer.from(elf.subarray(0, Math.max(...ends)));
  loaded.writeBigUInt64LE(0n, header.sections);
  for (const field of Object.values(sectionCounts)) loaded.writeUInt16LE(0, field);
  return loaded;
}
