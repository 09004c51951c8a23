// What a run would do, without doing it.

import type { Survey } from '../node/plugins/survey.ts';
import type { OutcomeWord } from '../report/result.ts';
import { earlierInstead } from './fallback.ts';
import { planFor, requirePossible, wantedOf, wantedUnread } from './plan-set.ts';
import { isSameSet, namesAtHand, type PresentSet } from './fulfilment.ts';
import type { PluginSet } from '../node/state/ledger.ts';
import { storedSet, surveyOf } from './look.ts';
import type { WishedTask } from './context.ts';

/** For `--dry-run`: the very plan where the bytes are at hand, and what can be known of it where they are not. */
export async function foresee(seen: Survey, task: WishedTask): Promise<PresentSet> {
  const stored = await storedSet(seen, task);
  if (stored !== undefined) return foreseen(stored, wordForStored(stored, seen), seen, task);
  try {
    return await foreseen(await setAtHand(task), 'installed', seen, task);
  } catch (error) {
    const { earlier, failure } = earlierInstead(error, seen, task);
    return { ...(await foreseen(earlier, 'degraded', seen, task)), failure };
  }
}

function wordForStored(set: PluginSet, { ledger }: Survey): OutcomeWord {
  return ledger !== undefined && isSameSet(set, ledger.generation) ? 'repaired' : 'installed';
}

/** Undefined where the archive would have to be asked for. */
async function setAtHand({ request, supply, effects }: WishedTask): Promise<PluginSet | undefined> {
  const { foreseeLocalSet } = await import('./fetch-set.ts');
  return (await foreseeLocalSet(request, supply, effects))?.set;
}

async function foreseen(
  set: PluginSet | undefined,
  word: OutcomeWord,
  glance: Survey,
  task: WishedTask,
): Promise<PresentSet> {
  const seen = set === undefined ? glance : await surveyOf(Object.keys(set.plugins), glance, task.premises);
  const wanted = set === undefined ? wantedUnread(namesAtHand(task.request)) : wantedOf(set);
  const plan = await planFor(seen, wanted, task);
  requirePossible(plan, task);
  const version = set?.version ?? task.request.wish.version;
  return { word, version, plan, findings: seen.findings, failure: undefined };
}
