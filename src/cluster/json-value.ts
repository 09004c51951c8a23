// Narrowing of JSON that nobody has checked.

import { isRecord } from '../lib/record.ts';

/** The text of that name; undefined for anything else. */
export function textIn(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The object of that name; an empty one for anything else. */
export function recordIn(
  record: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  return isRecord(value) ? value : {};
}

/** The objects in the list of that name. */
export function recordsIn(
  record: Readonly<Record<string, unknown>>,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
