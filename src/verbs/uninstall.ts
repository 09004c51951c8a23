// `uninstall`: everything of ours is out, and what it displaced is back.

import type { UninstallConfig } from '../arguments/configure/uninstall.ts';
import type { Finding } from '../failure/finding.ts';
import type { Plan } from '../node/plugins/plan.ts';
import { onNode } from '../failure/system-error.ts';
import { clearStateDir } from '../node/state/housekeeping.ts';
import { type Survey, survey } from '../node/plugins/survey.ts';
import { carryOutOrUndo } from '../node/plugins/switch-set.ts';
import { noPlugins, type Outcome, type OutcomeWord } from '../report/result.ts';
import { whileLocked } from '../engine/turns.ts';
import { planFor } from '../engine/plan-set.ts';
import { type Task, taskFor, type Effects } from '../engine/context.ts';
import { lstatIfThere } from '../lib/files/file-facts.ts';

/** Idempotent, also after it was killed half way: the ledger is the last thing to go. */
export async function uninstall(config: UninstallConfig, effects: Effects): Promise<Outcome> {
  const task = taskFor(config, effects);
  if (lstatIfThere(task.premises.stateDir.path) === undefined)
    return outcomeOf('unchanged', [], config.dryRun);
  // Before the lock: a ledger that is not ours to interpret is not ours to take a lock beside.
  const foreseen = await planFor(await look(task), new Map(), task);
  if (config.dryRun) return outcomeOf('uninstalled', foreseen, true);
  return whileLocked(task.premises.stateDir, effects, async () => {
    const seen = await look(task);
    const plan = await planFor(seen, new Map(), task);
    carryOutOrUndo({ ...task.premises, plan }, new Map());
    clearStateDir(task.premises.stateDir);
    return outcomeOf('uninstalled', plan, false);
  });
}

function look(task: Task): Promise<Survey> {
  return onNode(() => survey(task.premises, []));
}

function outcomeOf(outcome: OutcomeWord, plan: Plan, dryRun: boolean): Outcome {
  const stays = plan.filter((action) => action.do === 'disown' && action.because !== 'gone');
  return {
    outcome,
    version: undefined,
    plugins: { ...noPlugins, kept: stays.map(({ name }) => name) },
    plan,
    findings: plan.flatMap(noteOn).concat(removed(plan)),
    dryRun,
    sharing: undefined,
    trouble: undefined,
  };
}

function noteOn(action: Plan[number]): Finding[] {
  if (action.do !== 'disown' || action.because !== 'changed') return [];
  return [{ code: 'plugin-left', message: `${action.name} stays: others have put it there after us` }];
}

/** A missing plugin does not only stop new pods: the runtime also needs it to take a pod's network down. */
function removed(plan: Plan): Finding[] {
  const names = plan.flatMap((action) => (action.do === 'remove' ? [action.name] : []));
  if (names.length === 0) return [];
  return [
    {
      code: 'plugins-removed',
      message: `no longer on this node: ${names.join(', ')}; pods whose network uses them can neither start nor be deleted`,
      hint: 'delete such pods and the NetworkAttachmentDefinitions that name these plugins, or install them by other means',
    },
  ];
}
