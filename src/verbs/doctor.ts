// `doctor`: why Multus does not start, or not attach, on this node. Writes nothing, asks no network.

import type { DoctorConfig } from '../arguments/configure/doctor.ts';
import { diagnose } from '../checks/diagnose.ts';
import type { Effects } from '../engine/context.ts';
import { nodeFacts } from '../engine/audit/node-facts.ts';
import { unseen } from '../facts/seen.ts';
import { doctorAnswer } from '../report/doctor/answer.ts';
import type { Answer } from '../report/result.ts';

export async function doctor(config: DoctorConfig, effects: Effects): Promise<Answer> {
  const asked = { plugins: [], interfaces: [], paths: [], inotify: false };
  const cluster = unseen('no NADs or pods were given (--nads)');
  const facts = await nodeFacts(config, { cluster, asked }, effects);
  return doctorAnswer(diagnose(facts), { failOn: config.failOn, output: config.run.output });
}
