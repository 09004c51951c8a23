// Whether a node already is as wished. Looks; neither locks nor writes.

import { isIdle, type Plan } from '../node/plugins/plan.ts';
import { onNode } from '../failure/system-error.ts';
import { type Survey, survey } from '../node/plugins/survey.ts';
import { type Attempt, namesAtHand, type PresentSet } from './attempt.ts';
import { planFor, wantedOf } from './plan-set.ts';
import { fulfilling, isSameSet } from './fulfilment.ts';

export function look(task: Attempt): Promise<Survey> {
  return onNode(() => survey(task.premises, namesAtHand(task)));
}

/** The plan when nothing has to be done; undefined when something has. */
export async function settledPlan(seen: Survey, task: Attempt): Promise<Plan | undefined> {
  const { ledger, ledgerIsSound } = seen;
  const set = ledger === undefined ? undefined : fulfilling(ledger.generation, task.request);
  if (ledger === undefined || set === undefined || !isSameSet(set, ledger.generation)) return undefined;
  const plan = await planFor(seen, wantedOf(set), task);
  return ledgerIsSound && isIdle(plan) ? plan : undefined;
}

export function unchanged(plan: Plan, { request }: Attempt): PresentSet {
  return { word: 'unchanged', version: request.wish.version, plan, findings: [], failure: undefined };
}
