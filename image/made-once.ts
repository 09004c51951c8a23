// Directories and files that are made once and then only read: they appear whole or not at all.

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The path, filled by `make` if it isn't there yet. Of two processes that make it at once the first wins. */
export function madeOnce(path: string, make: (unfinished: string) => void): string {
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const scratch = mkdtempSync(join(dirname(path), '.unfinished-'));
  const unfinished = join(scratch, basename(path));
  try {
    make(unfinished);
    renameSync(unfinished, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return path;
}
