// Checks whose answer is the audit's: what `verify` finds of our own record, under the same name. Pure.

import type { NodeFacts, RecordFacts } from '../../facts/node-facts.ts';
import type { FindingCode } from '../../failure/codes.ts';
import { type Check, listed, noneOf, type Severity, whereSeen, moot } from '../check.ts';
import type { CheckId } from '../ids.ts';

interface AuditedCheck {
  readonly severity: Severity;
  readonly means: string;
  readonly remedy: string;
  readonly because?: CheckId;
  /** Why there is nothing to be found at all; undefined where there is. */
  readonly mootFor?: (record: RecordFacts) => string | undefined;
}

/** One finding for all of its code. */
export function asAudited(
  code: FindingCode,
  { severity, means, remedy, because, mootFor = () => undefined }: AuditedCheck,
): Check {
  return {
    severity,
    means,
    judge: (facts: NodeFacts) =>
      whereSeen(facts.record, (record) => {
        const { release, findings, newer } = record;
        if (newer !== undefined) return moot('the record is of a newer installer');
        if (release === undefined && findings.length === 0) return moot('nothing of ours is recorded here');
        const why = mootFor(record);
        if (why !== undefined) return moot(why);
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
