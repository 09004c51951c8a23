// `verify`: the node against its ledger and the catalog. Writes nothing.

import type { VerifyConfig } from '../arguments/configure/verify.ts';
import { auditNode } from '../engine/audit/audit-node.ts';
import { type Effects, taskFor } from '../engine/context.ts';
import { inspectForPod } from '../engine/share-for-pod.ts';
import { onNode } from '../failure/system-error.ts';
import { requireBinDir } from '../node/plugins/bin-dir.ts';
import { advisoriesOf } from '../release/catalog.ts';
import { auditAnswer } from '../report/audit.ts';
import type { Answer } from '../report/result.ts';

export async function verify(config: VerifyConfig, effects: Effects): Promise<Answer> {
  const { premises } = taskFor(config, effects);
  const { arch, expected, onConflict } = config;
  await onNode(() => requireBinDir(premises.binDir));
  const { generation, plugins, findings } = await auditNode(
    { premises, arch, expected, onConflict, depth: 'deep' },
    effects.signal,
  );
  const sharing = await inspectForPod(config.sharing, effects);
  const mounts = sharing?.mounts ?? [];
  return auditAnswer({
    version: generation?.version,
    platform: generation?.platform ?? `linux/${arch}`,
    generation: generation?.number,
    plugins,
    mounts: mounts.map(({ path, mountPoint, after }) => ({ path, mountPoint, propagation: after })),
    advisories: generation === undefined ? [] : advisoriesOf(generation.version),
    findings: [...findings, ...(sharing?.findings ?? [])],
  });
}
