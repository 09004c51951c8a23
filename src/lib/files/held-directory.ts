// A directory that is kept from being forgotten.

import { closeSync, constants, openSync } from 'node:fs';

/**
 * As long as this is open no other directory gets its inode number, even when it is removed: who compares device and
 * inode then compares directories.
 */
export function holdDirectory(path: string): Disposable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  return { [Symbol.dispose]: () => closeSync(fd) };
}
