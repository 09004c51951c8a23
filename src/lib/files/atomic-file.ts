// Durable files: what is read back is the whole old content or the whole new one, also after a power cut.
//
// Guaranteed once a call returns: the bytes are on the disk (fsync of the file), so is the name (fsync of the
// directory). The order is write, fsync, rename, fsync of the directory: rename(2) is atomic for readers, but only
// fsync makes it last (ext4 and XFS may otherwise show a zero-byte file after a crash).
// Not guaranteed: anything on a disk that lies about flushes, and the old file's owner and mode.

import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { removeFile } from './remove.ts';

/** Makes the names in a directory last. */
export function fsyncDirectory(directory: string): void {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Puts the text at `path`, by way of the temporary name `temporary` on the same file system. The mode is 0644 whatever
 * the umask: an operator reads these files. Errors are Node's own; no temporary name is left behind.
 */
export function writeFileDurably(path: string, text: string, temporary: string): void {
  try {
    const fd = openSync(temporary, 'wx', 0o644);
    try {
      fchmodSync(fd, 0o644);
      writeWhole(fd, Buffer.from(text));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
  fsyncDirectory(dirname(path));
}

/**
 * write(2) may take less than it was given, on a full disk above all. Goes where the descriptor stands, or to `position`
 * in the file.
 */
export function writeWhole(fd: number, bytes: Uint8Array, position?: number): void {
  let written = 0;
  while (written < bytes.length) {
    const at = position === undefined ? null : position + written;
    written += writeSync(fd, bytes, written, bytes.length - written, at);
  }
}
