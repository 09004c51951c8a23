// A set that the node can have without asking anyone: recorded, and whole in the store.

import { hasIntactBlob } from '../node/state/store.ts';
import type { Survey } from '../node/plugins/survey.ts';
import { roughPlanFor, wantedOf } from './plan-set.ts';
import { fulfilling } from './fulfilment.ts';
import type { PluginSet } from '../node/state/ledger.ts';
import type { WishedTask } from './context.ts';

/** A recorded set that fulfils the request, and all of whose missing plugins are intact in the store. */
export async function storedSet(seen: Survey, task: WishedTask): Promise<PluginSet | undefined> {
  const recorded = [...(seen.ledger === undefined ? [] : [seen.ledger]), ...seen.generations];
  for (const { generation } of recorded) {
    const set = fulfilling(generation, task.request);
    if (set !== undefined && (await isRestorable(set, seen, task))) return set;
  }
  return undefined;
}

async function isRestorable(set: PluginSet, seen: Survey, task: WishedTask): Promise<boolean> {
  for (const action of roughPlanFor(seen, wantedOf(set), task)) {
    const sha256 = set.plugins[action.name]?.sha256;
    if (action.do !== 'place' || sha256 === undefined) continue;
    if (!(await hasIntactBlob(task.premises.stateDir, sha256))) return false;
  }
  return true;
}
