// What an entry of an archive is to us, by its name, type and mode alone. Pure.

import { isPluginName } from '../lib/text/plugin-name.ts';

/** Facts of a tar header. */
export interface EntryFacts {
  readonly path: string;
  readonly type: string;
  readonly mode?: number | undefined;
}

export type EntryClass = 'wanted' | 'offered' | 'other' | 'suspicious' | 'unacceptable';

export function classOf(entry: EntryFacts, wanted: ReadonlySet<string> | 'all'): EntryClass {
  const name = plainName(entry.path);
  const isFile = ['File', 'OldFile', 'ContiguousFile'].includes(entry.type);
  if (name !== undefined && wanted !== 'all' && wanted.has(name)) return isFile ? 'wanted' : 'unacceptable';
  if (isFile && name !== undefined && looksLikePlugin(name, entry.mode)) {
    return wanted === 'all' ? 'wanted' : 'offered';
  }
  const harmless = (isFile || entry.type === 'Directory') && !leadsElsewhere(entry.path);
  return harmless ? 'other' : 'suspicious';
}

/** `./macvlan` and `macvlan` → `macvlan`; undefined for every other path. Upstream's archives are made of `.`. */
export function plainName(path: string): string | undefined {
  const name = path.replace(/^\.\//, '');
  return isPluginName(name) ? name : undefined;
}

/** Releases since v1.4.1 carry LICENSE and README.md (0644) beside the plugins (0755); they do not belong in a bin dir. */
function looksLikePlugin(name: string, mode = 0): boolean {
  return (mode & 0o111) !== 0 && !/^(LICENSE|README)|\.md$/i.test(name);
}

function leadsElsewhere(path: string): boolean {
  return path.startsWith('/') || path.split('/').includes('..');
}
