// The hint for a word that nobody knows: the known one that was probably meant, or what the code says anyway.

import { remedyOf, type TroubleCode } from './codes.ts';

/** @param meant none where no known word is near */
export function didYouMean(meant: readonly string[], code: TroubleCode): string {
  const remedy = remedyOf(code);
  return meant.length === 0 ? remedy : `did you mean ${meant.join(', ')}? else ${remedy}`;
}
