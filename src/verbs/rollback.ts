// `rollback`: an earlier set of plugins stands again, from the node's own store.

import type { RollbackConfig } from '../arguments/configure/rollback.ts';
import { taskFor, type Effects, type Task } from '../engine/context.ts';
import { look } from '../engine/look.ts';
import { switchTo } from '../engine/make-present.ts';
import { planFor, requirePossible, wantedOf } from '../engine/plan-set.ts';
import { readyOr } from '../engine/ready-set.ts';
import { whileLocked } from '../engine/turns.ts';
import { Failure } from '../failure/failure.ts';
import type { Plan } from '../node/plugins/plan.ts';
import type { Survey } from '../node/plugins/survey.ts';
import type { Ledger, PluginSet } from '../node/state/ledger.ts';
import type { StateDir } from '../node/state/state-dir.ts';
import { fatesOf, type Outcome } from '../report/result.ts';

/** The set it goes back to becomes a new generation, so that a rollback can itself be rolled back. */
export async function rollback(config: RollbackConfig, effects: Effects): Promise<Outcome> {
  const task = taskFor(config, effects);
  const { premises } = task;
  const glance = await look(premises, []);
  const target = targetOf(glance, config.toGeneration);
  if (config.dryRun) return foreseeRollback(glance, target, task);
  return whileLocked(premises.stateDir, effects, async () => {
    const seen = await look(premises, Object.keys(target.generation.plugins));
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
  const { stateDir } = task.premises;
  const ready = await readyOr(set, { seen, task }, (names) => damagedStore(names, set, stateDir));
  const { plan, findings } = await switchTo(ready, task);
  return goneBack(plan, target, findings, false);
}

async function foreseeRollback(seen: Survey, target: Ledger, { premises, rules }: Task): Promise<Outcome> {
  const plan = await planFor(seen, wantedOf(ownSet(target)), rules);
  requirePossible(plan, premises.binDir);
  return goneBack(plan, target, seen.findings, true);
}

function damagedStore(
  names: readonly string[],
  { version, plugins }: PluginSet,
  stateDir: StateDir,
): Failure {
  const paths = names.map((name) => stateDir.blobPath(plugins[name]?.sha256 ?? ''));
  return new Failure('store-damaged', {
    message: `${names.join(', ')} of ${version} can't be put back: missing or damaged in the store: ${paths.join(', ')}`,
    hint: `install that release again: install --cni-version ${version}`,
    plugins: names,
  });
}

function goneBack(plan: Plan, target: Ledger, findings: Outcome['findings'], dryRun: boolean): Outcome {
  return {
    outcome: 'rolled-back',
    version: target.generation.version,
    plugins: fatesOf(plan),
    plan,
    findings,
    dryRun,
    sharingMode: 'off',
    sharing: undefined,
    trouble: undefined,
  };
}
