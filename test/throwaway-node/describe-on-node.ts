// A vitest `describe` for tests that boot throw-away nodes.

import { describeWhere, listed } from '../support/needs.ts';
import { missingRequirements } from './node-requirements.ts';

/** @param alsoNeeded commands beyond those that every node needs */
export function describeOnNode(name: string, tests: () => void, alsoNeeded: readonly string[] = []): void {
  describeWhere(listed(missingRequirements(alsoNeeded)), name, tests);
}
