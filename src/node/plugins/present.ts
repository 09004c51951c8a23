// Which other programs lie in the bin dir, by name alone: what pods of this node can name besides what is ours.

import { type Dirent, opendirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../lib/errno.ts';
import { isPluginName } from '../../lib/text/plugin-name.ts';

/** What every start may cost, whatever lies there: entries that are read, and names that are told. */
const maxEntries = 512;
const maxNames = 48;

/**
 * Sorted names of executables but those given; of a directory with more entries than are read, some of them. An absolute link
 * that leads nowhere counts: what it leads to may be visible to the host only. None where the directory does not let itself be read.
 */
export function otherExecutables(binDir: string, known: ReadonlySet<string>): readonly string[] {
  try {
    return entriesOf(binDir)
      .filter((entry) => isPluginName(entry.name) && !known.has(entry.name))
      .filter((entry) => isProgram(entry, join(binDir, entry.name)))
      .map(({ name }) => name)
      .toSorted()
      .slice(0, maxNames);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

function entriesOf(directory: string): readonly Dirent[] {
  const entries: Dirent[] = [];
  const open = opendirSync(directory, { bufferSize: 64 });
  try {
    for (let entry = open.readSync(); entry !== null; entry = open.readSync()) {
      if (entries.push(entry) === maxEntries) return entries;
    }
    return entries;
  } finally {
    open.closeSync();
  }
}

function isProgram(entry: Dirent, path: string): boolean {
  if (!entry.isFile() && !entry.isSymbolicLink()) return false;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return entry.isSymbolicLink() && readlinkSync(path).startsWith('/');
  return stats.isFile() && (stats.mode & 0o111) !== 0;
}
