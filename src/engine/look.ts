// What a node has: whether it already is as wished, or could be without asking anyone. Looks; neither locks nor writes.

import { isIdle, type Plan } from '../node/plugins/plan.ts';
import { onNode } from '../failure/system-error.ts';
import { type Survey, survey } from '../node/plugins/survey.ts';
import { hasIntactBlob } from '../node/state/store.ts';
import { planFor, roughPlanFor, wantedOf } from './plan-set.ts';
import { fulfilling, isSameSet, namesAtHand, type PresentSet } from './fulfilment.ts';
import type { WishedTask } from './context.ts';
import type { PluginSet } from '../node/state/ledger.ts';
import type { Premises } from '../node/state/state-dir.ts';

export function look(task: WishedTask): Promise<Survey> {
  return onNode(() => survey(task.premises, namesAtHand(task.request)));
}

/** The plan when nothing has to be done; undefined when something has. */
export async function settledPlan(seen: Survey, task: WishedTask): Promise<Plan | undefined> {
  const { ledger, ledgerIsSound } = seen;
  const set = ledger === undefined ? undefined : fulfilling(ledger.generation, task.request);
  if (ledger === undefined || set === undefined || !isSameSet(set, ledger.generation)) return undefined;
  const plan = await planFor(seen, wantedOf(set), task);
  return ledgerIsSound && isIdle(plan) ? plan : undefined;
}

export function unchanged(plan: Plan, { request }: WishedTask): PresentSet {
  return { word: 'unchanged', version: request.wish.version, plan, findings: [], failure: undefined };
}

/** `all` may have brought names that nobody looked at before. */
export async function surveyOf(names: readonly string[], seen: Survey, premises: Premises): Promise<Survey> {
  return names.every((name) => seen.inventory.has(name)) ? seen : survey(premises, names);
}

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
