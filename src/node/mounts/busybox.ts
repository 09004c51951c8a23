// Finds the program that shares mounts inside the host's namespace: a static busybox.

import { existsSync } from 'node:fs';
import { readElf } from '../../lib/files/elf.ts';
import { headOf } from '../../lib/files/elf-file.ts';

/**
 * The first static one: that of our image, a distribution's, or one on the search path. A dynamically linked one would
 * look for its loader and its libraries on the host.
 * @param searchPath directories with colons between them, as in `PATH`
 */
export function findBusybox(searchPath: string): string | undefined {
  const directories = ['/bin', '/usr/bin', ...searchPath.split(':')];
  return directories.map((directory) => `${directory}/busybox`).find(isStaticExecutable);
}

function isStaticExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  const elf = readElf(headOf(path));
  return elf.kind === 'elf' && elf.isStatic;
}
