// `share-mounts`: the mounts that the pod's containers will ask to share are shared, and nothing else is done.

import type { ShareMountsConfig } from '../arguments/configure/share-mounts.ts';
import type { Effects } from '../engine/context.ts';
import { shareForPod } from '../engine/share-for-pod.ts';
import { noPlugins, type Outcome } from '../report/result.ts';

/** Nobody knows whether they were shared before: after each boot they are not. So what was put in place is `installed`. */
export async function shareMounts(
  { sharing: wish, dryRun }: ShareMountsConfig,
  effects: Effects,
): Promise<Outcome> {
  const { mode, sharing, findings, failure } = await shareForPod(wish, dryRun, effects);
  const changed = (sharing?.changed.length ?? 0) > 0;
  return {
    outcome: failure !== undefined ? 'failed' : changed ? 'installed' : 'unchanged',
    version: undefined,
    plugins: noPlugins,
    plan: [],
    dryRun,
    sharingMode: mode,
    sharing,
    findings,
    trouble: failure,
  };
}
