// Drives that a test brings to its machine, gone with the test: some files to read, or a file system to write to.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../image/command.ts';
import type { Drive } from './qemu.ts';

export interface ScratchDrive extends Disposable {
  readonly drive: Drive;
}

/** What machines read: the files by their names on the drive. */
export function cargoOf(files: Readonly<Record<string, Buffer>>): ScratchDrive {
  const scratch = mkdtempSync(join(tmpdir(), 'cargo-'));
  const root = join(scratch, 'root');
  mkdirSync(root);
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(root, name), bytes, { mode: 0o755 });
  }
  const bytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  const file = join(scratch, 'drive');
  makeFileSystem(file, Math.ceil((bytes * 1.1) / 1024 / 1024) + 8, [
    'mkfs.ext4',
    '-O',
    '^has_journal',
    '-d',
    root,
  ]);
  return { drive: { file }, [Symbol.dispose]: () => rmSync(scratch, { recursive: true }) };
}

/** What one machine writes to. */
export function emptyDrive(mebibytes: number, mkfs: readonly string[]): ScratchDrive {
  const scratch = mkdtempSync(join(tmpdir(), 'drive-'));
  const file = join(scratch, 'drive');
  makeFileSystem(file, mebibytes, mkfs);
  return { drive: { file, writable: true }, [Symbol.dispose]: () => rmSync(scratch, { recursive: true }) };
}

/** The bytes of an empty file system. */
export function emptyFileSystem(mebibytes: number, mkfs: readonly string[] = ['mkfs.ext4']): Buffer {
  const scratch = mkdtempSync(join(tmpdir(), 'mkfs-'));
  const file = join(scratch, 'drive');
  try {
    makeFileSystem(file, mebibytes, mkfs);
    return readFileSync(file);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** A file as thin as one with holes is. */
export function makeFileSystem(file: string, mebibytes: number, mkfs: readonly string[]): void {
  writeFileSync(file, '');
  truncateSync(file, mebibytes * 1024 * 1024);
  const [program = '', ...options] = mkfs;
  run(program, ['-q', ...options, file]);
}
