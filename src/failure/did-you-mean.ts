// The hint for a word that nobody knows: the known one that was probably meant, or what the code says anyway.

import { nearest } from '../lib/text/nearest.ts';
import { remedyOf, type TroubleCode } from './codes.ts';

/** Each word is looked for among the known ones; `prefix` is what the known ones are written with. */
export function didYouMean(
  words: readonly string[],
  known: readonly string[],
  code: TroubleCode,
  prefix = '',
): string {
  const meant = words.flatMap((word) => nearest(word, known) ?? []).map((word) => `${prefix}${word}`);
  const remedy = remedyOf(code);
  return meant.length === 0 ? remedy : `did you mean ${meant.join(', ')}? else ${remedy}`;
}
