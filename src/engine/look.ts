// Whether a node already is as wished. Looks; neither locks nor writes.

import { isIdle, type Plan } from '../node/plugins/plan.ts';
import { onNode } from '../failure/system-error.ts';
import { type Survey, survey } from '../node/plugins/survey.ts';
import { planFor, wantedOf } from './plan-set.ts';
import { fulfilling, isSameSet, namesAtHand, type PresentSet } from './fulfilment.ts';
import type { WishedTask } from './context.ts';
import type { PluginSet } from '../node/state/ledger.ts';

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
export async function surveyOf(set: PluginSet, seen: Survey, { premises }: WishedTask): Promise<Survey> {
  const names = Object.keys(set.plugins);
  return names.every((name) => seen.inventory.has(name)) ? seen : survey(premises, names);
}
