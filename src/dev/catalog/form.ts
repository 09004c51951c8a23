// The normal form of catalog.json: one order, one layout, so that a change is its own diff.

import { compareVersions } from '../../release/version.ts';
import type { CatalogFile } from '../../release/catalog-file.ts';

/** The line width of the project's formatter, which must find nothing to change. */
const lineWidth = 110;

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

/** The bytes of catalog.json for a catalog: the same for equal content, in whatever order it comes. */
export function serializeCatalog(catalog: CatalogFile): string {
  const plain: Json = JSON.parse(JSON.stringify(catalog));
  return `${written(plain, '', 0)}\n`;
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

/** Objects with a line for each member; arrays on one line where they fit behind `column` characters. */
function written(value: Json, indent: string, column: number): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  if (isArray(value)) return writtenArray(value, indent, column);
  const members = Object.entries(value).sort(([a], [b]) => compareNames(a, b));
  const lines = members.map(([key, member]) => {
    const name = `${inner}${JSON.stringify(key)}: `;
    return `${name}${written(member, inner, name.length)}`;
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
}

function writtenArray(values: readonly Json[], indent: string, column: number): string {
  const inner = `${indent}  `;
  const elements = values.map((element) => written(element, inner, inner.length));
  const oneLine = `[${elements.join(', ')}]`;
  const comma = 1;
  if (column + oneLine.length + comma <= lineWidth) return oneLine;
  return `[\n${elements.map((element) => inner + element).join(',\n')}\n${indent}]`;
}

/** `Array.isArray` loses a readonly array in the other branch. */
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
