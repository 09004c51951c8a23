// `share-mounts`: the mounts that the pod's containers will ask to share are shared, and nothing else is done.

import type { Config } from '../arguments/config.ts';
import type { Effects } from '../engine/context.ts';
import { shareForPod } from '../engine/share-for-pod.ts';
import { noPlugins, type Outcome } from '../report/result.ts';

export async function shareMounts(config: Config, effects: Effects): Promise<Outcome> {
  const { sharing, findings, failure } = await shareForPod(config, effects);
  const changed = (sharing?.changed.length ?? 0) > 0;
  return {
    outcome: failure !== undefined ? 'failed' : changed ? 'repaired' : 'unchanged',
    version: undefined,
    plugins: noPlugins,
    plan: [],
    dryRun: config.run.dryRun,
    sharing,
    findings,
    trouble: failure,
  };
}
