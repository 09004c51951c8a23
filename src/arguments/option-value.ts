// One option's text → its value, or a usage error that names the option as the operator wrote it.

import { resolve } from 'node:path';
import type { CodeOf } from '../failure/codes.ts';
import { Failure } from '../failure/failure.ts';
import {
  type ChoiceName,
  type ChoiceOf,
  type Given,
  type OptionName,
  type Options,
  optionTable,
  specOf,
} from './options.ts';

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

/** Reads the given values one option at a time; undefined always means "not given". */
export class OptionReader {
  readonly #given: Options['given'];

  constructor(options: Options) {
    this.#given = options.given;
  }

  given(name: OptionName): Given | undefined {
    return this.#given[name];
  }

  text(name: OptionName): string | undefined {
    return this.#given[name]?.values[0]?.trim();
  }

  /** An absolute path. */
  path(name: OptionName): string | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : resolve(text);
  }

  boolean(name: OptionName): boolean {
    return this.#read(name, parseBoolean) ?? false;
  }

  /** A whole number, 0 or more. */
  integer(name: OptionName): number | undefined {
    return this.#read(name, (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined));
  }

  durationMs(name: OptionName): number | undefined {
    return this.#read(name, parseDurationMs);
  }

  choice<Name extends ChoiceName>(name: Name): ChoiceOf<Name> | undefined {
    const words: readonly ChoiceOf<Name>[] = optionTable[name].choices;
    return this.#read(name, (text) => words.find((word) => word === text));
  }

  /** Comma-separated or repeated; an empty element is an error, a duplicate is dropped. */
  list(name: OptionName): readonly string[] | undefined {
    const given = this.#given[name];
    if (given === undefined) return undefined;
    const items = given.values.flatMap((value) => value.split(',')).map((item) => item.trim());
    if (items.includes('')) throw badValue(name, given, 'has an empty element');
    return [...new Set(items)];
  }

  #read<Value>(name: OptionName, parse: (text: string) => Value | undefined): Value | undefined {
    const given = this.#given[name];
    const text = this.text(name);
    if (given === undefined || text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) throw badValue(name, given, 'does not parse');
    return value;
  }
}

/** What an option accepts, as a phrase for an error. */
export function acceptedBy(name: OptionName): string {
  const { kind, choices = [] } = specOf(name);
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

export function badValue(
  name: OptionName,
  given: Given,
  problem: string,
  wanted = acceptedBy(name),
): Failure {
  return usage('bad-value', `${given.by} is "${given.values.join(',')}", which ${problem}; wanted ${wanted}`);
}

export function usage(code: CodeOf<'usage'>, message: string, hint?: string): Failure {
  return new Failure(code, { message, hint });
}
