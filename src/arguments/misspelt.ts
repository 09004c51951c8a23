// Usage errors about a word that nobody knows, with the known one that was probably meant.

import { didYouMean } from '../failure/did-you-mean.ts';
import type { Failure } from '../failure/failure.ts';
import { nearest, nearestEach } from '../lib/text/nearest.ts';
import { usage } from './option-value.ts';
import { optionNames, optionsOf } from './options.ts';
import { type Verb, verbNames } from './verbs.ts';

export function unknownVerb(word: string): Failure {
  return usage(
    'unknown-verb',
    `unknown verb "${word}"; there are ${verbNames.join(', ')}`,
    didYouMean(nearestEach([word], [...verbNames, 'help']), 'unknown-verb'),
  );
}

/** An option of the verb itself is meant rather than one of another. */
export function unknownOption(name: string, verb: Verb): Failure {
  const flag = name.length === 1 ? `-${name}` : `--${name}`;
  const meant = nearest(name, optionsOf(verb)) ?? nearest(name, optionNames);
  return usage(
    'unknown-option',
    `unknown option ${flag}`,
    didYouMean(meant === undefined ? [] : [`--${meant}`], 'unknown-option'),
  );
}

/** Names that a release does not have, with those it has. */
export function unknownPlugins(
  names: readonly string[],
  by: string,
  { version, contents }: { readonly version: string; readonly contents: readonly string[] },
): Failure {
  return usage(
    'unknown-plugin',
    `${by} names ${names.join(', ')}, which ${version} does not have; it has ${contents.join(', ')}`,
    didYouMean(nearestEach(names, contents), 'unknown-plugin'),
  );
}
