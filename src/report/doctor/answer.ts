// What `doctor` answers, in the form that was asked for. Pure.

import { type CheckResult, failsOn } from '../../checks/diagnose.ts';
import type { ExplainedText, Explanation } from '../../checks/explain/explain.ts';
import { knownText } from '../../checks/explain/known-texts.ts';
import { statusOf } from '../../failure/exit-statuses.ts';
import { printable } from '../../lib/text/printable.ts';
import type { Answer } from '../result.ts';
import { diagnosisJunit } from './junit.ts';
import { type Consultation, consultationText } from './text.ts';

export interface DoctorTerms {
  readonly failOn: 'error' | 'warning' | 'never';
  readonly output: string;
}

/** Exit status 9 for a cause that is as grave as was asked for. */
export function doctorAnswer(consultation: Consultation, { failOn, output }: DoctorTerms): Answer {
  const { diagnosis } = consultation;
  return {
    text: output === 'junit' ? diagnosisJunit(diagnosis) : consultationText(consultation),
    json: consultationJson(consultation),
    exitStatus: statusOf(failsOn(diagnosis, failOn) ? 'findings' : 'success'),
  };
}

/** One document. */
function consultationJson({ diagnosis, explanation }: Consultation): object {
  return {
    schema: 1,
    node: diagnosis.node ?? null,
    ...(explanation !== undefined && { explained: explanationJson(explanation) }),
    checks: diagnosis.checks.map(checkJson),
  };
}

function checkJson({ id, severity, result, message, remedy, because, evidence }: CheckResult): object {
  return {
    id,
    severity,
    result,
    message: message ?? null,
    remedy: remedy ?? null,
    because: because ?? null,
    evidence,
  };
}

function explanationJson({ texts, nearest }: Explanation): object {
  return {
    texts: texts.map(explainedJson),
    nearest: nearest.map((id) => ({ text: id, sample: knownText(id).sample })),
  };
}

function explainedJson({ id, words, means, standing }: ExplainedText): object {
  return {
    text: id,
    words: printable(words),
    means,
    standing: standing.is,
    check: standing.is === 'here' ? standing.root.id : null,
  };
}
