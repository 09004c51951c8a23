// What the variables of other installers mean to ours: charts already set them.

import { booleanWords, parseBoolean, usage } from './option-value.ts';
import { type Options, specOf } from './options.ts';
import type { Verb } from './verbs.ts';

/** Calico's and Rancher's `SKIP_CNI_BINARIES` is in the table of options; this one says the opposite of what it asks for. */
export function fromForeignNames(
  verb: Verb,
  env: Readonly<Record<string, string | undefined>>,
): Options['given'] {
  const by = 'UPDATE_CNI_BINARIES';
  const text = env[by]?.trim() ?? '';
  if (!specOf('on-conflict').verbs.includes(verb) || text === '') return {};
  const updates = parseBoolean(text);
  if (updates === undefined) {
    throw usage('bad-value', `${by} is "${text}"; wanted one of ${booleanWords.join(', ')}`);
  }
  return updates ? {} : { 'on-conflict': { values: ['keep'], by } };
}
