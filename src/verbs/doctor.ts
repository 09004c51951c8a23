// `doctor`: why Multus does not start, or not attach, on this node. Writes nothing, asks no network.

import type { DoctorConfig } from '../arguments/configure/doctor.ts';
import { diagnose } from '../checks/diagnose.ts';
import { explainText } from '../checks/explain/explain.ts';
import { askedBy, recognise } from '../checks/explain/recognise.ts';
import { readClusterObjects } from '../cluster/kubectl.ts';
import { endOfGiven, wholeGiven } from '../engine/audit/given-text.ts';
import { nodeFacts } from '../engine/audit/node-facts.ts';
import type { Effects } from '../engine/context.ts';
import { seenAs, unseen } from '../facts/seen.ts';
import { doctorAnswer } from '../report/doctor/answer.ts';
import type { Answer } from '../report/result.ts';

/** @throws Failure `usage` for a text that can't be read */
export async function doctor(config: DoctorConfig, effects: Effects): Promise<Answer> {
  const { failOn, run } = config;
  const text = config.explain && endOfGiven(config.explain, '--explain');
  const given = config.nads && wholeGiven(config.nads, '--nads');
  // What the text speaks of is looked at, too, so that its cause is found or ruled out.
  const asked = askedBy(recognise(text ?? ''));
  const cluster =
    given === undefined ? unseen('no NADs or pods were given (--nads)') : seenAs(readClusterObjects(given));
  const diagnosis = diagnose(await nodeFacts(config, { cluster, asked }, effects));
  const explanation = text === undefined ? undefined : explainText(text, diagnosis);
  return doctorAnswer({ diagnosis, explanation }, { failOn, output: run.output });
}
