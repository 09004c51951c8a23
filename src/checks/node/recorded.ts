// Checks whose answer is the audit's: what `verify` finds of our own record, under the same name. Pure.

import type { NodeFacts } from '../../facts/node-facts.ts';
import type { FindingCode } from '../../failure/codes.ts';
import { type Check, listed, noneOf, type Severity, whereSeen, moot } from '../check.ts';
import type { CheckId } from '../ids.ts';

interface AuditedCheck {
  readonly severity: Severity;
  readonly means: string;
  readonly remedy: string;
  readonly because?: CheckId;
}

/** One finding for all of its code. */
export function asAudited(code: FindingCode, { severity, means, remedy, because }: AuditedCheck): Check {
  return {
    severity,
    means,
    judge: (facts: NodeFacts) =>
      whereSeen(facts.record, ({ release, findings, newer }) => {
        if (newer !== undefined) return moot('the record is of a newer installer');
        if (release === undefined && findings.length === 0) return moot('nothing of ours is recorded here');
        return noneOf(
          findings.filter((one) => one.code === code),
          (found) => ({
            message: listed(found.map(({ message }) => message)),
            remedy: found[0].hint ?? remedy,
            ...(because !== undefined && { because }),
            evidence: found.map(({ message }) => message),
          }),
        );
      }),
  };
}
