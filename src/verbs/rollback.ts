// `rollback`: an earlier set of plugins stands again, from the node's own store.

import type { RollbackConfig } from '../arguments/configure/rollback.ts';
import { Failure } from '../failure/failure.ts';
import type { Ledger, PluginSet } from '../node/state/ledger.ts';
import type { Plan } from '../node/plugins/plan.ts';
import { onNode } from '../failure/system-error.ts';
import { hasIntactBlob } from '../node/state/store.ts';
import { type Survey, survey } from '../node/plugins/survey.ts';
import { fatesOf, type Outcome } from '../report/result.ts';
import { applySet } from '../engine/apply-set.ts';
import { whileLocked } from '../engine/turns.ts';
import { planFor, requirePossible, wantedOf } from '../engine/plan-set.ts';
import { type Task, taskFor, type Effects } from '../engine/context.ts';

/** The set it goes back to becomes a new generation, so that a rollback can itself be rolled back. */
export async function rollback(config: RollbackConfig, effects: Effects): Promise<Outcome> {
  const task = taskFor(config, effects);
  const glance = await onNode(() => survey(task.premises, []));
  const target = targetOf(glance, config.toGeneration);
  if (config.dryRun) return foresee(glance, target, task);
  return whileLocked(task.premises.stateDir, effects, async () => {
    const seen = await survey(task.premises, Object.keys(target.generation.plugins));
    return goBack(seen, targetOf(seen, config.toGeneration), task);
  });
}

/** @throws Failure `node` when there is no such generation. */
function targetOf({ ledger, generations }: Survey, number: number | undefined): Ledger {
  const current = ledger?.generation.number ?? Infinity;
  const target = generations.find(({ generation }) =>
    number === undefined ? generation.number < current : generation.number === number,
  );
  if (ledger !== undefined && target !== undefined) return target;
  const has = generations.map(({ generation }) => `${generation.number} (${generation.version})`).join(', ');
  throw new Failure('nothing-to-go-back-to', {
    message: `there is no ${number === undefined ? 'earlier generation' : `generation ${number}`} on this node; it has ${has || 'none'}`,
  });
}

/** What was left to others then is left to them now. */
function ownSet({ generation }: Ledger): PluginSet {
  const own = Object.entries(generation.plugins).filter(([name]) => generation.kept[name] === undefined);
  return { ...generation, plugins: Object.fromEntries(own) };
}

async function goBack(seen: Survey, target: Ledger, task: Task): Promise<Outcome> {
  const set = ownSet(target);
  const plan = await planFor(seen, wantedOf(set), task);
  await requireBlobs(plan, set, task);
  const { findings } = await applySet({ set, plan, seen, task });
  return outcomeOf(plan, target, [...seen.findings, ...findings], false);
}

async function foresee(seen: Survey, target: Ledger, task: Task): Promise<Outcome> {
  const plan = await planFor(seen, wantedOf(ownSet(target)), task);
  requirePossible(plan, task);
  return outcomeOf(plan, target, seen.findings, true);
}

/** @throws Failure `node` when the store has lost what would have to be placed. */
async function requireBlobs(plan: Plan, set: PluginSet, { premises: { stateDir } }: Task): Promise<void> {
  for (const action of plan) {
    const sha256 = set.plugins[action.name]?.sha256;
    if (action.do !== 'place' || sha256 === undefined || (await hasIntactBlob(stateDir, sha256))) continue;
    throw new Failure('store-damaged', {
      message: `${action.name} of ${set.version} can't be put back: ${stateDir.blobPath(sha256)} is missing or damaged`,
      hint: `install that release again: install --cni-version ${set.version}`,
      plugins: [action.name],
    });
  }
}

function outcomeOf(plan: Plan, target: Ledger, findings: Outcome['findings'], dryRun: boolean): Outcome {
  return {
    outcome: 'rolled-back',
    version: target.generation.version,
    plugins: fatesOf(plan),
    plan,
    findings,
    dryRun,
    sharing: undefined,
    trouble: undefined,
  };
}
