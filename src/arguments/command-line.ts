// argv and environment → what is asked: which verb, and what was given by which name. Meaning is config.ts's business.

import { type ParsedArgv, parseArgv } from './argv.ts';
import { type Environment, fromEnvironment } from './environment.ts';
import { unknownOption, unknownVerb } from './misspelt.ts';
import { acceptedBy, usage } from './option-value.ts';
import { type Given, isOptionName, type OptionName, type Options, specOf } from './options.ts';
import { type Verb, verbs } from './verbs.ts';

/** What is answered without doing anything. */
export type Question =
  | { readonly ask: 'version' }
  /** Undefined: the general picture. */
  | { readonly ask: 'help'; readonly verb: Verb | undefined };

export type CommandLine = { readonly ask: 'run'; readonly options: Options } | Question;

/**
 * Reads the command line over the environment: flag, then environment, then (later) the default.
 * @throws Failure `usage` for an unknown verb or flag, a flag given twice that is no list, a flag of another verb.
 */
export async function readRequest(argv: readonly string[], env: Environment): Promise<CommandLine> {
  const { flags, words } = await parseArgv(argv);
  if (words[0] === 'help') return { ask: 'help', verb: verbAmong(words.slice(1)) };
  if (flags.has('help')) return { ask: 'help', verb: verbAmong(words) };
  if (flags.has('version')) return askVersion(flags.get('version') ?? [], words);
  const verb = verbAmong(words) ?? 'install';
  return {
    ask: 'run',
    options: { verb, given: { ...fromEnvironment(verb, env), ...fromFlags(verb, flags) } },
  };
}

/** Who gives it a value means the plugins' release, and must not be told another number instead. */
function askVersion(values: readonly string[], words: readonly string[]): Question {
  const value = [...values, ...words].find((one) => one !== 'true' && !isVerb(one));
  if (value === undefined) return { ask: 'version' };
  throw usage(
    'stray-word',
    `--version takes no value, and was given "${value}"`,
    'choose the release of the plugins with --cni-version',
  );
}

function isVerb(word: string): word is Verb {
  return Object.hasOwn(verbs, word);
}

/** Undefined where there is no word at all. */
function verbAmong([first, second]: readonly string[]): Verb | undefined {
  if (first === undefined) return undefined;
  if (!isVerb(first)) throw unknownVerb(first);
  if (second === undefined) return first;
  throw usage('stray-word', `unexpected word "${second}" after the verb ${first}`, 'options begin with --');
}

function fromFlags(verb: Verb, flags: ParsedArgv['flags']): Options['given'] {
  const given: Partial<Record<OptionName, Given>> = {};
  for (const [name, values] of flags) {
    if (!isOptionName(name)) throw unknownOption(name, verb);
    requireConcern(verb, name);
    const by = `--${name}`;
    if (values.length > 1 && specOf(name).kind !== 'list') {
      throw usage(
        'given-twice',
        `${by} was given ${values.length} times (${values.join(', ')}); it takes one value`,
      );
    }
    if (values.some((value) => value.trim() === '')) {
      throw usage('empty-value', `${by} has no value; wanted ${acceptedBy(name, verb)}`);
    }
    given[name] = { values, by };
  }
  return given;
}

function requireConcern(verb: Verb, name: OptionName): void {
  const concerned = specOf(name).verbs;
  if (concerned.includes(verb)) return;
  throw usage(
    'option-of-another-verb',
    `--${name} does not concern ${verb}; it is an option of ${concerned.join(', ')}`,
    'leave it out, or run the verb it belongs to',
  );
}
