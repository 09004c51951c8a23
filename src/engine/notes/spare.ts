// Keeping the spare store abreast of the node; where that does not come about, it is told, and the node is as wished all the same.

import { Failure } from '../../failure/failure.ts';
import { remedyOf } from '../../failure/codes.ts';
import type { Finding } from '../../failure/finding.ts';
import { systemReason } from '../../lib/errno.ts';
import { fillSpare } from '../../node/state/spare.ts';
import type { Premises } from '../../node/state/state-dir.ts';

/** Under the node's lock. */
export async function keepSpare({ stateDir, spare }: Premises): Promise<Finding[]> {
  if (spare === undefined) return [];
  try {
    await fillSpare(stateDir, spare);
    return [];
  } catch (error) {
    const reason = error instanceof Failure ? error.message : systemReason(error);
    if (reason === undefined) throw error;
    const code = 'spare-store-unfilled';
    const message = `the spare store ${spare.path} could not be filled: ${reason}`;
    return [{ code, message, hint: remedyOf(code) }];
  }
}
