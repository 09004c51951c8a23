// Spellings of values, and the usage errors that name an option as the operator wrote it.

import type { CodeOf } from '../failure/codes.ts';
import { Failure } from '../failure/failure.ts';
import { type Given, type OptionName, specOf, type Verb } from './options.ts';

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);

/** Accepted spellings of a boolean, in lower case; any case is accepted. */
export const booleanWords = [...truths.keys()] as const;

export function parseBoolean(text: string): boolean | undefined {
  return truths.get(text.trim().toLowerCase());
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `30s`, `5m`, `1h30m` → milliseconds; undefined for anything else, also for zero and for a number without a unit. */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(\d{1,9}(ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+)(ms|s|m|h)/g);
  const totalMs = [...parts].reduce(
    (sum, [, count, unit]) => sum + Number(count) * unitMs[unit as keyof typeof unitMs],
    0,
  );
  return totalMs > 0 ? totalMs : undefined;
}

/** What an option accepts, as a phrase for an error. */
export function acceptedBy(name: OptionName, verb: Verb): string {
  const { kind, choices = [] } = specOf(name, verb);
  if (kind === 'choice') return `one of ${choices.join(', ')}`;
  const wanted = {
    text: 'a text',
    list: 'a comma-separated list without empty elements',
    boolean: `one of ${booleanWords.join(', ')}`,
    integer: 'a whole number, 0 or more',
    duration: 'a duration such as 30s, 5m or 1h',
  };
  return wanted[kind];
}

export function badValue(given: Given, problem: string, wanted: string): Failure {
  return usage('bad-value', `${given.by} is "${given.values.join(',')}", which ${problem}; wanted ${wanted}`);
}

export function usage(code: CodeOf<'usage'>, message: string, hint?: string): Failure {
  return new Failure(code, { message, hint });
}
