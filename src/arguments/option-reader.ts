// One option's text → its value, or a usage error that names the option as the operator wrote it.

import { resolve } from 'node:path';
import type { Failure } from '../failure/failure.ts';
import {
  type ChoiceOf,
  type Given,
  type NameOf,
  type OptionName,
  type Options,
  optionTable,
  specOf,
} from './options.ts';
import { acceptedBy, badValue, parseBoolean, parseDurationMs } from './option-value.ts';

/** What reading yields: undefined only for an option without a default, where nothing was given. */
type StandingValue<Name extends OptionName, Value> = (typeof optionTable)[Name] extends { default: string }
  ? Value
  : Value | undefined;

/**
 * Reads what was given, one option at a time, else the default, which the table has as text and which is read in the
 * same way. Its type says which options may be read: those of a verb, or the few that a part of its configuration is
 * made from. A reader of more options will do where one of fewer is asked for.
 */
export class OptionReader<in Readable extends OptionName> {
  readonly #verb: Options['verb'];
  readonly #given: Options['given'];

  constructor(options: Options) {
    this.#verb = options.verb;
    this.#given = options.given;
  }

  /** As the operator gave it, whatever the default is. */
  given(name: Readable): Given | undefined {
    return this.#given[name];
  }

  text<Name extends Readable>(name: Name): StandingValue<Name, string> {
    return this.#read(name, (text) => text);
  }

  /** An absolute path. */
  path<Name extends Readable>(name: Name): StandingValue<Name, string> {
    return this.#read(name, (text) => resolve(text));
  }

  boolean<Name extends Readable & NameOf<'boolean'>>(name: Name): StandingValue<Name, boolean> {
    return this.#read(name, parseBoolean);
  }

  /** A whole number, 0 or more. */
  integer<Name extends Readable & NameOf<'integer'>>(name: Name): StandingValue<Name, number> {
    return this.#read(name, (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined));
  }

  durationMs<Name extends Readable & NameOf<'duration'>>(name: Name): StandingValue<Name, number> {
    return this.#read(name, parseDurationMs);
  }

  choice<Name extends Readable & NameOf<'choice'>>(name: Name): StandingValue<Name, ChoiceOf<Name>> {
    const words: readonly ChoiceOf<Name>[] = optionTable[name].choices;
    const taken = specOf(name, this.#verb).choices ?? words;
    return this.#read(name, (text) => words.find((word) => word === text && taken.includes(word)));
  }

  /** Comma-separated or repeated; an empty element is an error, a duplicate is dropped. */
  list<Name extends Readable & NameOf<'list'>>(name: Name): StandingValue<Name, readonly string[]> {
    const standing = this.#standing(name);
    if (standing === undefined) return undefined as StandingValue<Name, never>;
    const items = standing.values.flatMap((value) => value.split(',')).map((item) => item.trim());
    if (items.includes('')) throw this.refusal(name, 'has an empty element');
    return [...new Set(items)];
  }

  /** The usage error for a value that will not do. */
  refusal(name: Readable, problem: string, wanted = acceptedBy(name, this.#verb)): Failure {
    return badValue(this.#standing(name) ?? { values: [], by: `--${name}` }, problem, wanted);
  }

  #read<Name extends Readable, Value>(
    name: Name,
    parse: (text: string) => Value | undefined,
  ): StandingValue<Name, Value> {
    const standing = this.#standing(name);
    const text = standing?.values[0]?.trim();
    if (standing === undefined || text === undefined) return undefined as StandingValue<Name, never>;
    const value = parse(text);
    if (value === undefined) throw this.refusal(name, 'does not parse');
    return value;
  }

  #standing(name: OptionName): Given | undefined {
    const { default: standard } = specOf(name, this.#verb);
    return (
      this.#given[name] ??
      (standard === undefined ? undefined : { values: [standard], by: `the default of --${name}` })
    );
  }
}
