// Changing a node to the wished set, under the lock: from its own store, or from the archive.

import type { Finding } from '../failure/finding.ts';
import { retainTwoGenerations, takeBackBlobs } from '../node/state/housekeeping.ts';
import type { PluginSet } from '../node/state/ledger.ts';
import { blobDigests } from '../node/state/store.ts';
import type { Survey } from '../node/plugins/survey.ts';
import { applySet } from './apply-set.ts';
import { earlierInstead } from './fallback.ts';
import { sweepLeftovers, whileLocked } from './turns.ts';
import { planFor, wantedOf } from './plan-set.ts';
import { look, settledPlan, storedSet, unchanged, surveyOf } from './look.ts';
import type { WishedTask } from './context.ts';
import type { PresentSet } from './fulfilment.ts';

/** Another installer may have changed the node since the first look: under the lock comes a second one. */
export function changeSet(task: WishedTask): Promise<PresentSet> {
  return whileLocked(task.premises.stateDir, task.effects, () => change(task));
}

/** Removes what a run left behind that was cut off. */
export function tidy(task: WishedTask): Promise<void> {
  return sweepLeftovers(task.premises.stateDir, task.effects, async () => {
    const { ledger, generations } = await look(task);
    if (ledger !== undefined) retainTwoGenerations(task.premises.stateDir, ledger, generations);
  });
}

async function change(task: WishedTask): Promise<PresentSet> {
  const seen = await look(task);
  const settled = await settledPlan(seen, task);
  if (settled !== undefined) return unchanged(settled, task);
  const stored = await storedSet(seen, task);
  if (stored !== undefined) return present(stored, seen, task);
  return fromArchive(seen, task);
}

async function fromArchive(seen: Survey, task: WishedTask): Promise<PresentSet> {
  const { request, supply, effects, premises } = task;
  const stored = blobDigests(premises.stateDir);
  try {
    // Archives, tar and HTTP are of no use to a node that has what it needs.
    const { fetchSet } = await import('./fetch-set.ts');
    const { set, findings } = await fetchSet(request, supply, premises.stateDir, effects);
    return await present(set, await surveyOf(Object.keys(set.plugins), seen, task.premises), task, findings);
  } catch (error) {
    takeBackBlobs(premises.stateDir, stored);
    return degradedInstead(error, seen, task);
  }
}

async function present(
  set: PluginSet,
  seen: Survey,
  task: WishedTask,
  findings: readonly Finding[] = [],
): Promise<PresentSet> {
  const plan = await planFor(seen, wantedOf(set), task);
  const applied = await applySet({ set, plan, seen, task });
  return {
    word: applied.word,
    version: set.version,
    plan,
    findings: [...seen.findings, ...findings, ...applied.findings],
    failure: undefined,
  };
}

async function degradedInstead(error: unknown, seen: Survey, task: WishedTask): Promise<PresentSet> {
  const { earlier, failure } = earlierInstead(error, seen, task);
  task.effects.log.warn(`${task.request.wish.version} could not be obtained; keeping ${earlier.version}`, {
    code: failure.code,
  });
  return { ...(await present(earlier, seen, task)), word: 'degraded', failure };
}
