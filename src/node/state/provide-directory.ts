// Makes a directory of ours, or says what is in its way.

import { type MeantDirectory, notADirectory } from '../../failure/not-a-directory.ts';
import { makeDirectory } from '../../lib/files/make-directory.ts';
import { whyNoDirectory } from '../../lib/files/no-directory.ts';

/**
 * Whether it had to be made, with those above it.
 * @throws Failure `node` where something else is in the way; Node's own error when the node refuses.
 */
export function provideDirectory(meant: MeantDirectory): boolean {
  requireWayFree(meant);
  return makeDirectory(meant.path);
}

/** @throws Failure `node` for something else than a directory; nothing at all is no obstacle. */
export function requireWayFree(meant: MeantDirectory): void {
  const found = whyNoDirectory(meant.path);
  const inTheWay = found && notADirectory(meant, found);
  if (inTheWay !== undefined) throw inTheWay;
}
