// The normal form of catalog.json: one order, and the layout of the project's formatter, so that a change is its own diff.

import { format } from 'oxfmt';
import { compareVersions } from '../../release/version.ts';
import type { CatalogFile } from '../../release/catalog-file.ts';
import formatting from '../../../.oxfmtrc.json' with { type: 'json' };

/** The bytes of catalog.json for a catalog: the same for equal content, in whatever order it comes. */
export async function serializeCatalog(catalog: CatalogFile): Promise<string> {
  const { printWidth } = formatting;
  const { code, errors } = await format('catalog.json', JSON.stringify(catalog, sorted, 2), { printWidth });
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  return code;
}

/** For JSON.stringify: the members of each object by their names. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareNames(a, b)));
}

/** Versions by age, everything else by code points. */
export function compareNames(a: string, b: string): number {
  const isVersion = /^v?\d+(?:\.\d+)+(?:-|$)/;
  const byAge = isVersion.test(a) && isVersion.test(b) ? compareVersions(a, b) : 0;
  if (byAge !== 0 || a === b) return byAge;
  return a < b ? -1 : 1;
}

/** Names as catalog.json lists them: sorted, each once. */
export function sortedList(names: Iterable<string>): string {
  return [...new Set(names)].sort(compareNames).join(', ');
}
