// argv and environment → Options: which verb, and what was given by which name. Meaning is config.ts's business.

import type { Failure } from '../failure/failure.ts';
import { booleanWords, parseBoolean, usage, acceptedBy } from './option-value.ts';
import {
  type Given,
  type OptionName,
  optionNames,
  type Options,
  specOf,
  type Verb,
  verbNames,
} from './options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line asks for. */
export type Request =
  | { readonly ask: 'run'; readonly options: Options }
  | { readonly ask: 'help' | 'version' };

/**
 * Reads the command line over the environment: flag, then environment, then (later) the default.
 * @throws Failure `usage` for an unknown verb or flag, a flag given twice that is no list, a flag of another verb.
 */
export async function readRequest(argv: readonly string[], env: Environment): Promise<Request> {
  const { flags, words } = argv.length === 0 ? nothing : await parse(argv);
  if (flags.has('help') || words[0] === 'help') return { ask: 'help' };
  if (flags.has('version')) return { ask: 'version' };
  const verb = verbOf(words);
  return {
    ask: 'run',
    options: { verb, given: { ...fromEnvironment(verb, env), ...fromFlags(verb, flags) } },
  };
}

interface Parsed {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}

const nothing: Parsed = { flags: new Map(), words: [] };

/**
 * yargs' parser with every guess switched off: all values stay text, names stay as written. It is loaded only when
 * there is something to parse; an init container that is configured by its environment never pays for it.
 */
async function parse(argv: readonly string[]): Promise<Parsed> {
  const { default: parser } = await import('yargs-parser');
  const known = [...optionNames, 'help', 'version'];
  const { argv: parsed } = parser.detailed(withExplicitBooleans(argv), {
    string: known,
    alias: {},
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
    },
  });
  const { _: words, ...given } = parsed;
  const flags = new Map(Object.entries(given).map(([name, value]) => [name, [value].flat().map(String)]));
  for (const name of flags.keys()) if (!known.includes(name)) throw unknownFlag(name);
  return { flags, words: words.map(String) };
}

/** Gives a bare `--strict` its `=true`, so that it can't swallow the word after it; `--strict no` is joined. */
function withExplicitBooleans(argv: readonly string[]): string[] {
  const explicit: string[] = [];
  for (const [index, word] of argv.entries()) {
    const previous = argv[index - 1];
    if (previous !== undefined && isBareBoolean(previous) && parseBoolean(word) !== undefined) {
      explicit[explicit.length - 1] = `${previous}=${word}`;
    } else {
      explicit.push(isBareBoolean(word) ? `${word}=true` : word);
    }
  }
  return explicit;
}

function isBareBoolean(word: string): boolean {
  const name = word.slice(2);
  return word === `--${name}` && isOptionName(name) && specOf(name).kind === 'boolean';
}

function isOptionName(name: string): name is OptionName {
  return (optionNames as readonly string[]).includes(name);
}

function verbOf(words: readonly string[]): Verb {
  const [first = 'install', second] = words;
  const verb = verbNames.find((name) => name === first);
  if (verb === undefined) {
    throw usage(
      'unknown-verb',
      `unknown verb "${first}"; there are ${verbNames.join(', ')}`,
      'run with --help to see what each verb does',
    );
  }
  if (second !== undefined) {
    throw usage('stray-word', `unexpected word "${second}" after the verb ${verb}`, 'options begin with --');
  }
  return verb;
}

function fromFlags(verb: Verb, flags: Parsed['flags']): Options['given'] {
  const given: Partial<Record<OptionName, Given>> = {};
  for (const [name, values] of flags) {
    if (!isOptionName(name)) continue;
    requireConcern(verb, name);
    const by = `--${name}`;
    if (values.length > 1 && specOf(name).kind !== 'list') {
      throw usage(
        'given-twice',
        `${by} was given ${values.length} times (${values.join(', ')}); it takes one value`,
      );
    }
    if (values.some((value) => value.trim() === '')) {
      throw usage('empty-value', `${by} has no value; wanted ${acceptedBy(name)}`);
    }
    given[name] = { values, by };
  }
  return given;
}

/** An empty variable counts as unset: a manifest can't leave a name out conditionally, but it can leave it empty. */
function fromEnvironment(verb: Verb, env: Environment): Options['given'] {
  const given: Partial<Record<OptionName, Given>> = {};
  for (const name of optionNames) {
    const by = specOf(name).env;
    if (by === undefined || !specOf(name).verbs.includes(verb)) continue;
    const value = env[by];
    if (value !== undefined && value.trim() !== '') given[name] = { values: [value], by };
  }
  return { ...fromForeignNames(verb, env), ...given };
}

/** Names that other installers' charts already set. */
function fromForeignNames(verb: Verb, env: Environment): Options['given'] {
  const by = 'UPDATE_CNI_BINARIES';
  const text = env[by]?.trim() ?? '';
  if (!specOf('on-conflict').verbs.includes(verb) || text === '') return {};
  const updates = parseBoolean(text);
  if (updates === undefined) {
    throw usage('bad-value', `${by} is "${text}"; wanted one of ${booleanWords.join(', ')}`);
  }
  return updates ? {} : { 'on-conflict': { values: ['keep'], by } };
}

function requireConcern(verb: Verb, name: OptionName): void {
  const { verbs } = specOf(name);
  if (verbs.includes(verb)) return;
  throw usage(
    'option-of-another-verb',
    `--${name} does not concern ${verb}; it is an option of ${verbs.join(', ')}`,
    'leave it out, or run the verb it belongs to',
  );
}

function unknownFlag(name: string): Failure {
  const flag = name.length === 1 ? `-${name}` : `--${name}`;
  return usage('unknown-option', `unknown option ${flag}`, 'run with --help to see the options');
}
