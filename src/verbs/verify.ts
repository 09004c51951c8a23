// `verify`: the node against its ledger and the catalog. Writes nothing.

import type { VerifyConfig } from '../arguments/configure/verify.ts';
import { auditNode } from '../engine/audit/audit-node.ts';
import { wholeAudit } from '../engine/audit/whole-audit.ts';
import { type Effects, taskFor } from '../engine/context.ts';
import { inspectForPod } from '../engine/share-for-pod.ts';
import { onNode } from '../failure/system-error.ts';
import { requireBinDir } from '../node/plugins/bin-dir.ts';
import { type Audit, auditAnswer } from '../report/audit.ts';
import type { Answer } from '../report/result.ts';

export async function verify(config: VerifyConfig, effects: Effects): Promise<Answer> {
  const { premises, rules } = taskFor(config, effects);
  const { arch, expected } = config;
  await onNode(() => requireBinDir(premises.binDir));
  const found = await auditNode({ premises, rules, expected, depth: 'deep' });
  const audit = wholeAudit(found, { arch, sharing: await inspectForPod(config.sharing, effects) });
  const answer = auditAnswer(audit);
  return config.run.output === 'metrics' ? { ...answer, text: await metricsOf(audit, effects) } : answer;
}

/** What `/metrics` of `watch` would say now, for node-exporter's textfile collector. */
async function metricsOf(audit: Audit, { now, ownProcess }: Effects): Promise<string> {
  const { NodeMetrics } = await import('../report/metrics.ts');
  const metrics = new NodeMetrics(ownProcess);
  metrics.show(audit, { contended: [], auditedAtMs: now() });
  return metrics.text();
}
