// Variables of the environment → what they give, by our names and by those of other installers.

import { fromForeignNames } from './foreign-variables.ts';
import { type Given, type OptionName, type Options, optionsOf, specOf } from './options.ts';
import type { Verb } from './verbs.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as unset: a manifest can't leave a name out conditionally, but it can leave it empty. */
export function fromEnvironment(verb: Verb, env: Environment): Options['given'] {
  const given: Partial<Record<OptionName, Given>> = {};
  for (const name of optionsOf(verb)) {
    const by = specOf(name, verb).env;
    const value = by === undefined ? undefined : env[by];
    if (by !== undefined && value !== undefined && value.trim() !== '') given[name] = { values: [value], by };
  }
  return { ...fromForeignNames(verb, env), ...given };
}
