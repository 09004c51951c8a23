// Which other programs lie in the bin dir, by name alone: what pods of this node can name besides what is ours.

import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../lib/errno.ts';
import { lstatIfThere } from '../../lib/files/file-facts.ts';
import { isPluginName } from '../../lib/text/plugin-name.ts';

/** What every start may cost, whatever lies there: entries that are looked at, and names that are told. */
const maxEntries = 512;
const maxNames = 48;

/**
 * Sorted names of executables but those given; of a directory with more entries than that, some of them. An absolute link
 * that leads nowhere counts: what it leads to may be visible to the host only. None where the directory does not let itself be read.
 */
export function otherExecutables(binDir: string, known: ReadonlySet<string>): readonly string[] {
  try {
    // All names at once: reading one after the other takes a module of Node's that is 250 KiB of each start.
    return readdirSync(binDir)
      .slice(0, maxEntries)
      .filter((name) => isPluginName(name) && !known.has(name))
      .filter((name) => isProgram(join(binDir, name)))
      .toSorted()
      .slice(0, maxNames);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

function isProgram(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return isLink(path) && readlinkSync(path).startsWith('/');
  return stats.isFile() && (stats.mode & 0o111) !== 0;
}

function isLink(path: string): boolean {
  return lstatIfThere(path)?.isSymbolicLink() === true;
}
