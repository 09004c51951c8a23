// The steps of a switch between deciding and doing: what is proved, what the record will be, and what came of it.

import { join } from 'node:path';
import type { Log } from '../lib/log.ts';
import { ledgerAfter } from '../node/plugins/next-ledger.ts';
import type { Plan } from '../node/plugins/plan.ts';
import type { Proof } from '../node/plugins/proof.ts';
import { proveAll } from '../node/plugins/proofs.ts';
import type { Transition } from '../node/plugins/switch-set.ts';
import type { OutcomeWord } from '../report/result.ts';
import type { PresentSet } from './fulfilment.ts';
import { keptNotes, standingNotes } from './notes/kept.ts';
import { introducedAmong, type Other, othersNotes } from './notes/others.ts';
import { setNotes } from './notes/set-notes.ts';
import type { Rules } from './plan-set.ts';
import type { ReadySet } from './ready-set.ts';

/** What runs is the very inode that is renamed into place; an adopted plugin is run where it stands. */
export async function proveSet(
  { plan, staged }: Pick<ReadySet, 'plan' | 'staged'>,
  binDir: string,
  rules: Rules,
  log: Log,
): Promise<readonly Proof[]> {
  const adopted = plan.flatMap(({ do: verb, name }): [string, string][] =>
    verb === 'adopt' ? [[name, join(binDir, name)]] : [],
  );
  const proofs = await proveAll([...staged, ...adopted], rules);
  rules.signal.throwIfAborted();
  for (const { name, saysOfItself, specVersions } of proofs) {
    log.debug(`${name} works: ${saysOfItself}`, { specVersions });
  }
  return proofs;
}

/** A ledger that could not be read has to be written again, whatever it will say. */
export function transitionTo({ set, plan, seen }: ReadySet, others: readonly Other[]): Transition {
  const introduced = introducedAmong(others);
  const { ledger, ledgerIsSound, generations, claims, inventory } = seen;
  return {
    plan,
    before: ledgerIsSound ? ledger : undefined,
    after: ledgerAfter({ plan, set, ledger, generations, claims, inventory, introduced }),
  };
}

/** What was found out on the way to a switch. */
export interface Learnt {
  readonly proofs: readonly Proof[];
  readonly others: readonly Other[];
}

export function outcomeOfSwitch(
  { set, plan, seen, findings }: ReadySet,
  { before, after }: Transition,
  { proofs, others }: Learnt,
): PresentSet {
  const introduced = introducedAmong(others);
  return {
    word: switchedWord(plan, after === before),
    version: set.version,
    plan,
    findings: [
      ...seen.findings,
      ...findings,
      ...setNotes(set, plan, proofs),
      ...othersNotes(others),
      ...keptNotes(introduced, set.version),
      ...standingNotes(after.generation, introduced),
    ],
    failure: undefined,
  };
}

function switchedWord(plan: Plan, isRepair: boolean): OutcomeWord {
  if (isRepair) return 'repaired';
  return plan.some((action) => action.do !== 'leave') ? 'installed' : 'repaired';
}
