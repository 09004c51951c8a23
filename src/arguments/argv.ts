// Words of a command line → flags and their texts, and what stands beside them. No name is judged here.

import { parseBoolean } from './option-value.ts';
import { isOptionName, optionNames, specOf } from './options.ts';

export interface ParsedArgv {
  /** By name without the dashes; each value as it was written, in order. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}

const nothing: ParsedArgv = { flags: new Map(), words: [] };

/** Flags that ask something; they take no value. */
const questions = ['help', 'version'];

/**
 * yargs' parser with every guess switched off: all values stay text, names stay as written. It is loaded only when
 * there is something to parse; an init container that is configured by its environment never pays for it.
 */
export async function parseArgv(argv: readonly string[]): Promise<ParsedArgv> {
  if (argv.length === 0) return nothing;
  const { default: parser } = await import('yargs-parser');
  const { argv: parsed } = parser.detailed(withJoinedValues(argv), {
    string: [...optionNames, ...questions],
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
  return { flags, words: words.map(String) };
}

/**
 * Gives a bare `--strict` its `=true`, so that it can't swallow the word after it; `--strict no` is joined. So is the `-` of
 * `--explain -`, which the parser would take for a word of its own.
 */
function withJoinedValues(argv: readonly string[]): string[] {
  const explicit: string[] = [];
  for (const [index, word] of argv.entries()) {
    const previous = argv[index - 1];
    const takesWord = previous !== undefined && isBareBoolean(previous) && parseBoolean(word) !== undefined;
    if (takesWord || (word === '-' && previous !== undefined && isBareOption(previous))) {
      explicit[explicit.length - 1] = `${previous}=${word}`;
    } else {
      explicit.push(isBareBoolean(word) ? `${word}=true` : word);
    }
  }
  return explicit;
}

function isBareOption(word: string): boolean {
  return word.startsWith('--') && isOptionName(word.slice(2));
}

function isBareBoolean(word: string): boolean {
  const name = word.slice(2);
  if (word !== `--${name}`) return false;
  return questions.includes(name) || (isOptionName(name) && specOf(name).kind === 'boolean');
}
