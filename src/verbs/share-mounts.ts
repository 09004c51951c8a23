// `share-mounts`: the mounts that the pod's containers will ask to share are shared, and nothing else is done.

import type { ShareMountsConfig } from '../arguments/configure/share-mounts.ts';
import type { Effects } from '../engine/context.ts';
import { shareForPod } from '../engine/share-for-pod.ts';
import { noPlugins, type Outcome } from '../report/result.ts';

export async function shareMounts(
  { sharing: wish, dryRun }: ShareMountsConfig,
  effects: Effects,
): Promise<Outcome> {
  const { sharing, findings, failure } = await shareForPod(wish, dryRun, effects);
  const changed = (sharing?.changed.length ?? 0) > 0;
  return {
    outcome: failure !== undefined ? 'failed' : changed ? 'repaired' : 'unchanged',
    version: undefined,
    plugins: noPlugins,
    plan: [],
    dryRun,
    sharing,
    findings,
    trouble: failure,
  };
}
