// Making the wished set of plugins present: by looking, and only where that does not do, by a change.

import { requireSameMount } from '../node/plugins/bin-dir.ts';
import { isUntidy } from '../node/state/housekeeping.ts';
import { requirePossible, roughPlanFor, wantedUnread } from './plan-set.ts';
import { look, settledPlan, unchanged } from './look.ts';
import type { WishedTask } from './context.ts';
import { namesAtHand, type PresentSet } from './fulfilment.ts';

/**
 * Looks first, without a lock and without a write; only a node that is not as wished is changed, under the lock, after
 * a second look. What only a change needs is loaded only then.
 */
export async function makeSetPresent(task: WishedTask, dryRun: boolean): Promise<PresentSet> {
  const glance = await look(task);
  const settled = await settledPlan(glance, task);
  if (settled !== undefined) {
    const { ledger, generations } = glance;
    const untidy = !dryRun && isUntidy(task.premises.stateDir, ledger, generations);
    if (untidy) await (await import('./change-set.ts')).tidy(task);
    return unchanged(settled, task);
  }
  if (dryRun) return (await import('./foresee-set.ts')).foresee(glance, task);
  requirePossible(roughPlanFor(glance, wantedUnread(namesAtHand(task.request)), task), task);
  requireSameMount(task.premises);
  return (await import('./change-set.ts')).changeSet(task);
}
