// `uninstall`: everything of ours is out, and what it displaced is back.

import type { UninstallConfig } from '../arguments/configure/uninstall.ts';
import type { Finding } from '../failure/finding.ts';
import type { Plan } from '../node/plugins/plan.ts';
import { clearStateDir } from '../node/state/housekeeping.ts';
import { carryOutOrUndo } from '../node/plugins/switch-set.ts';
import { noPlugins, type Outcome, type OutcomeWord } from '../report/result.ts';
import { whileLocked } from '../engine/turns.ts';
import { planFor } from '../engine/plan-set.ts';
import { taskFor, type Effects } from '../engine/context.ts';
import { look } from '../engine/look.ts';
import { lstatIfThere } from '../lib/files/file-facts.ts';

/** Idempotent, also after it was killed half way: the ledger is the last thing to go. */
export async function uninstall(config: UninstallConfig, effects: Effects): Promise<Outcome> {
  const { premises, rules } = taskFor(config, effects);
  if (lstatIfThere(premises.stateDir.path) === undefined) return leaving('unchanged', [], config.dryRun);
  // Before the lock: a ledger that is not ours to interpret is not ours to take a lock beside.
  const foreseen = await planFor(await look(premises, []), new Map(), rules);
  if (config.dryRun) return leaving('uninstalled', foreseen, true);
  return whileLocked(premises.stateDir, effects, async () => {
    const plan = await planFor(await look(premises, []), new Map(), rules);
    carryOutOrUndo(plan, new Map(), premises);
    clearStateDir(premises.stateDir);
    return leaving('uninstalled', plan, false);
  });
}

function leaving(outcome: OutcomeWord, plan: Plan, dryRun: boolean): Outcome {
  const stays = plan.filter((action) => action.do === 'disown' && action.because !== 'gone');
  return {
    outcome,
    version: undefined,
    plugins: { ...noPlugins, kept: stays.map(({ name }) => name) },
    plan,
    findings: [...plan.flatMap(noteOn), ...removed(plan, dryRun)],
    dryRun,
    sharingMode: 'off',
    sharing: undefined,
    trouble: undefined,
  };
}

function noteOn(action: Plan[number]): Finding[] {
  if (action.do !== 'disown' || action.because !== 'changed') return [];
  return [{ code: 'plugin-left', message: `${action.name} stays: others have put it there after us` }];
}

/** A missing plugin does not only stop new pods: the runtime also needs it to take a pod's network down. */
function removed(plan: Plan, dryRun: boolean): Finding[] {
  const names = plan.flatMap((action) => (action.do === 'remove' ? [action.name] : []));
  if (names.length === 0) return [];
  return [
    {
      code: 'plugins-removed',
      message: `${dryRun ? 'would no longer be' : 'no longer'} on this node: ${names.join(', ')}; pods whose network uses them can then neither start nor be deleted`,
      hint: 'delete such pods and the NetworkAttachmentDefinitions that name these plugins, or install them by other means',
    },
  ];
}
