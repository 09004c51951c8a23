// What `doctor` answers, in the form that was asked for. Pure.

import { type Diagnosis, failsOn } from '../../checks/diagnose.ts';
import { statusOf } from '../../failure/exit-statuses.ts';
import type { Answer } from '../result.ts';
import { diagnosisJunit } from './junit.ts';
import { diagnosisText } from './text.ts';

export interface DoctorTerms {
  readonly failOn: 'error' | 'warning' | 'never';
  readonly output: string;
}

/** Exit status 9 for a cause that is as grave as was asked for. */
export function doctorAnswer(diagnosis: Diagnosis, { failOn, output }: DoctorTerms): Answer {
  return {
    text: output === 'junit' ? diagnosisJunit(diagnosis) : diagnosisText(diagnosis),
    json: diagnosisJson(diagnosis),
    exitStatus: statusOf(failsOn(diagnosis, failOn) ? 'findings' : 'success'),
  };
}

/** One document. */
function diagnosisJson({ node, checks }: Diagnosis): object {
  return {
    schema: 1,
    node: node ?? null,
    checks: checks.map(({ id, severity, result, message, remedy, because, evidence }) => ({
      id,
      severity,
      result,
      message: message ?? null,
      remedy: remedy ?? null,
      because: because ?? null,
      evidence,
    })),
  };
}
