// Making the wished set of plugins present: by looking, from the node's store, or from the archive, in this order.

import type { Config } from '../config.ts';
import { errnoOf } from '../lib/failure.ts';
import type { Finding } from '../lib/finding.ts';
import { requireSameMount } from '../node/bin-dir.ts';
import { recordedDigests } from '../node/ledger.ts';
import type { PluginSet } from '../node/next-ledger.ts';
import { isIdle, type Plan } from '../node/plan.ts';
import { onNode } from '../node/refusal.ts';
import type { StateDir } from '../node/state-dir.ts';
import { blobDigests, collectBlobs, hasLeftovers } from '../node/store.ts';
import { type Survey, survey } from '../node/survey.ts';
import { givenBack, retainTwoGenerations } from '../node/switch.ts';
import { applySet } from './apply-set.ts';
import { type Attempt, namesAtHand, type PresentSet, surveyOf } from './attempt.ts';
import type { Effects } from './effects.ts';
import { earlierInstead } from './fallback.ts';
import { sweepLeftovers, whileLocked } from './lock-node.ts';
import { planFor, requirePossible, roughPlanFor, wantedOf, wantedUnread } from './planning.ts';
import { storedSet } from './stored-set.ts';
import { taskFor } from './task.ts';
import { fulfilling, isSameSet, type Request } from './wish.ts';

/**
 * Looks first, without a lock and without a write; only a node that is not as wished is changed, under the lock, after
 * a second look.
 */
export async function makeSetPresent(
  request: Request,
  config: Config,
  effects: Effects,
): Promise<PresentSet> {
  const task = { request, ...taskFor(config, effects) };
  const glance = await look(task);
  const settled = await settledPlan(glance, task);
  if (settled !== undefined) {
    if (!config.run.dryRun && isUntidy(glance, task)) await tidy(task);
    return unchanged(settled, task);
  }
  if (config.run.dryRun) return (await import('./foresee-set.ts')).foresee(glance, task);
  requirePossible(roughPlanFor(glance, wantedUnread(namesAtHand(task)), task), task);
  requireSameMount(task.premises);
  return whileLocked(task.premises.stateDir, effects, () => change(task));
}

/** A run that was cut off after it had recorded its set left work in progress, a generation or an original too many. */
function isUntidy({ ledger, generations }: Survey, { premises: { stateDir } }: Attempt): boolean {
  if (hasLeftovers(stateDir) || generations.length > 2) return true;
  return ledger !== undefined && givenBack(stateDir, ledger, generations).length > 0;
}

function tidy(task: Attempt): Promise<void> {
  return sweepLeftovers(task.premises.stateDir, task.effects, async () => {
    const { ledger, generations } = await look(task);
    if (ledger !== undefined) retainTwoGenerations(task.premises, ledger, generations);
  });
}

function look(task: Attempt): Promise<Survey> {
  return onNode(() => survey(task.premises, namesAtHand(task)));
}

/** The plan when nothing has to be done; undefined when something has. */
async function settledPlan(seen: Survey, task: Attempt): Promise<Plan | undefined> {
  const { ledger, ledgerIsSound } = seen;
  const set = ledger === undefined ? undefined : fulfilling(ledger.generation, task.request);
  if (ledger === undefined || set === undefined || !isSameSet(set, ledger.generation)) return undefined;
  const plan = await planFor(seen, wantedOf(set), task);
  return ledgerIsSound && isIdle(plan) ? plan : undefined;
}

function unchanged(plan: Plan, { request }: Attempt): PresentSet {
  return { word: 'unchanged', version: request.wish.version, plan, findings: [], failure: undefined };
}

async function change(task: Attempt): Promise<PresentSet> {
  const seen = await look(task);
  const settled = await settledPlan(seen, task);
  if (settled !== undefined) return unchanged(settled, task);
  const stored = await storedSet(seen, task);
  if (stored !== undefined) return present(stored, seen, task);
  return fromArchive(seen, task);
}

async function fromArchive(seen: Survey, task: Attempt): Promise<PresentSet> {
  const { request, config, effects, premises } = task;
  const stored = blobDigests(premises.stateDir);
  try {
    // Archives, tar and HTTP are of no use to a node that has what it needs.
    const { fetchSet } = await import('./fetch-set.ts');
    const { set, findings } = await fetchSet(request, config, premises.stateDir, effects);
    return await present(set, await surveyOf(set, seen, task), task, findings);
  } catch (error) {
    takeBackBlobs(premises.stateDir, stored);
    return degradedInstead(error, seen, task);
  }
}

/**
 * What was read into the store for a set that then was not to be is taken out again; what a recorded set needs stays.
 * Should the node refuse that too, the error that brought us here is the one to tell.
 */
function takeBackBlobs(stateDir: StateDir, before: readonly string[]): void {
  try {
    collectBlobs(stateDir, new Set([...before, ...recordedDigests(stateDir)]));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

async function present(
  set: PluginSet,
  seen: Survey,
  task: Attempt,
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

async function degradedInstead(error: unknown, seen: Survey, task: Attempt): Promise<PresentSet> {
  const { earlier, failure } = earlierInstead(error, seen, task);
  task.effects.log.warn(`${task.request.wish.version} could not be had; keeping ${earlier.version}`, {
    code: failure.code,
  });
  return { ...(await present(earlier, seen, task)), word: 'degraded', failure };
}
