// Whether a node already is as wished. Looks; neither locks nor writes.

import { isLeftToOthers } from '../node/plugins/claims.ts';
import type { Action } from '../node/plugins/plan.ts';
import { onNode } from '../failure/system-error.ts';
import { type Survey, survey } from '../node/plugins/survey.ts';
import type { Premises } from '../node/state/state-dir.ts';
import { fulfilling, isSameSet, type PresentSet, type SetRequest } from './fulfilment.ts';
import { standingNotes } from './notes/kept.ts';
import { planFor, type Rules, wantedOf } from './plan-set.ts';

export function look(premises: Premises, names: readonly string[]): Promise<Survey> {
  return onNode(() => survey(premises, names));
}

/** What stands, when nothing has to be done; undefined when something has. */
export async function settledSet(
  seen: Survey,
  request: SetRequest,
  rules: Rules,
): Promise<PresentSet | undefined> {
  const { ledger, ledgerIsSound } = seen;
  const set = ledger === undefined ? undefined : fulfilling(ledger.generation, request);
  if (ledger === undefined || set === undefined || !isSameSet(set, ledger.generation)) return undefined;
  const plan = await planFor(seen, wantedOf(set), rules);
  if (!ledgerIsSound || !plan.every((action) => isSettled(action, seen))) return undefined;
  const findings = standingNotes(ledger.generation);
  return { word: 'unchanged', version: set.version, plan, findings, failure: undefined };
}

/** A link that was left to others before has no bytes to be recorded by: it is tried at each start, and changes nothing. */
function isSettled(action: Action, { ledger, inventory }: Survey): boolean {
  if (action.do === 'leave') return true;
  const isLink = inventory.get(action.name)?.kind === 'symlink';
  return action.do === 'keep' && isLink && isLeftToOthers(action.name, ledger);
}

/** `all` may have brought names that nobody looked at before. */
export async function surveyOf(names: readonly string[], seen: Survey, premises: Premises): Promise<Survey> {
  return names.every((name) => seen.inventory.has(name)) ? seen : survey(premises, names);
}
