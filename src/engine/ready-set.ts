// A set with all that it takes to switch to it: what is decided, and whole copies of what shall be placed.

import type { Failure } from '../failure/failure.ts';
import type { Finding } from '../failure/finding.ts';
import type { Plan } from '../node/plugins/plan.ts';
import { type Stage, stage } from '../node/plugins/staging.ts';
import type { Survey } from '../node/plugins/survey.ts';
import { discard } from '../node/state/housekeeping.ts';
import type { PluginSet } from '../node/state/ledger.ts';
import type { Task, WishedTask } from './context.ts';
import { damagedEarlier, earlierInstead, unreadable } from './fallback.ts';
import type { ExtractedSet } from './archive/extract-set.ts';
import { recordedSets, type SetRequest } from './fulfilment.ts';
import { surveyOf } from './look.ts';
import { planFor, requirePossible, wantedOf } from './plan-set.ts';

export interface ReadySet extends Pick<Stage, 'staged'> {
  readonly set: PluginSet;
  /** The node, with every name of the set. */
  readonly seen: Survey;
  readonly plan: Plan;
  /** What was noticed on the way. */
  readonly findings: readonly Finding[];
}

/** The first recorded set that fulfils the request, and all of whose missing plugins are whole in the store. */
export async function readyFromStore(
  seen: Survey,
  request: SetRequest,
  task: Task,
): Promise<ReadySet | undefined> {
  for (const set of recordedSets(seen, request)) {
    const { missing, ...ready } = await makeReady(set, seen, task);
    if (missing.length === 0) return ready;
    discard(ready.staged.values());
  }
  return undefined;
}

/** @throws Failure `node` where the store does not keep what was just written to it. */
export async function readyFromArchive(
  { set, findings }: ExtractedSet,
  seen: Survey,
  task: Task,
): Promise<ReadySet> {
  const ready = await readyOr(set, { seen, task }, (names) => unreadable(names, task.premises.stateDir));
  return { ...ready, findings };
}

/**
 * The node's earlier set, in place of a release that could not be obtained.
 * @throws the error, or one that says what the earlier set lacks, when there is nothing to fall back on
 */
export async function readyFromEarlier(
  error: unknown,
  seen: Survey,
  task: WishedTask,
): Promise<{ readonly ready: ReadySet; readonly failure: Failure }> {
  const { earlier, failure } = earlierInstead(error, seen, task.request);
  const ready = await readyOr(earlier, { seen, task }, (names) => damagedEarlier(names, earlier, failure));
  task.effects.log.warn(`${task.request.wish.version} could not be obtained; keeping ${earlier.version}`, {
    code: failure.code,
  });
  return { ready, failure };
}

/** @throws what is made of the names of which the node has no whole copy */
export async function readyOr(
  set: PluginSet,
  { seen, task }: { readonly seen: Survey; readonly task: Task },
  refusal: (missing: readonly string[]) => Failure,
): Promise<ReadySet> {
  const { missing, ...ready } = await makeReady(set, seen, task);
  if (missing.length === 0) return ready;
  discard(ready.staged.values());
  throw refusal(missing);
}

async function makeReady(
  set: PluginSet,
  glance: Survey,
  { premises, rules }: Task,
): Promise<ReadySet & Pick<Stage, 'missing'>> {
  const seen = await surveyOf(Object.keys(set.plugins), glance, premises);
  const plan = await planFor(seen, wantedOf(set), rules);
  requirePossible(plan, premises.binDir);
  return { set, seen, plan, findings: [], ...(await stage(plan, set.plugins, premises)) };
}
