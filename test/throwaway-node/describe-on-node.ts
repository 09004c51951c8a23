// A vitest `describe` for tests that boot throw-away nodes.
// oxlint-disable vitest/expect-expect, vitest/no-conditional-tests, vitest/no-disabled-tests -- no tests, but what wraps them
// oxlint-disable vitest/valid-describe-callback, vitest/valid-title

import { describe, expect, it } from 'vitest';
import { missingRequirements } from './requirements.ts';

/**
 * Where something is missing, the tests are skipped, and the reason is printed. On CI (`CI=true`) that is a
 * failure instead: a test that nobody runs anywhere proves nothing.
 *
 * @param alsoNeeded commands beyond those that every node needs
 */
export function describeOnNode(name: string, tests: () => void, alsoNeeded: readonly string[] = []): void {
  const missing = missingRequirements(alsoNeeded);
  const reason = `needs ${missing.join(', ')}`;
  if (missing.length === 0) {
    describe(name, tests);
  } else if (process.env['CI'] === 'true') {
    describe(name, () => it('has what it needs on CI', () => expect.unreachable(reason)));
  } else {
    console.warn(`skipped: ${name} (${reason})`);
    describe.skip(name, tests);
  }
}
