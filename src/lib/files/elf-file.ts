// The beginning of a file, as much as tells an ELF file from others.

import { closeSync, openSync, readSync } from 'node:fs';
import { elfHeadBytes } from './elf.ts';

/** Follows links. Node's own errors where there is nothing to read. */
export function headOf(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    return headOfOpenFile(fd);
  } finally {
    closeSync(fd);
  }
}

export function headOfOpenFile(fd: number): Buffer {
  const head = Buffer.alloc(elfHeadBytes);
  return head.subarray(0, readSync(fd, head, 0, elfHeadBytes, 0));
}
