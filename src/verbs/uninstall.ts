// `uninstall`: everything of ours is out, and what it displaced is back; on request what Multus left goes too.

import type { UninstallConfig } from '../arguments/configure/uninstall.ts';
import type { Finding } from '../failure/finding.ts';
import { onNode } from '../failure/system-error.ts';
import {
  findTraces,
  type MultusTraces,
  noTraces,
  removeBinaries,
  removeConfiguration,
} from '../node/multus/traces.ts';
import { type Plan, sparing } from '../node/plugins/plan.ts';
import { requireNoOtherStateDir } from '../node/state/prepare.ts';
import { clearStateDir } from '../node/state/housekeeping.ts';
import { clearSpare, holdsSpare } from '../node/state/spare.ts';
import { carryOutOrUndo } from '../node/plugins/switch-set.ts';
import { noPlugins, type Outcome } from '../report/result.ts';
import { whileLocked } from '../engine/turns.ts';
import { planFor } from '../engine/plan-set.ts';
import { type Task, taskFor, type Effects } from '../engine/context.ts';
import { look } from '../engine/look.ts';
import { lstatIfThere } from '../lib/files/file-facts.ts';

/** Idempotent, also after it was killed half way: the ledger is the last thing to go. */
export async function uninstall(config: UninstallConfig, effects: Effects): Promise<Outcome> {
  const task = taskFor(config, effects);
  const { stateDir } = task.premises;
  // Before the lock: a ledger that is not ours to interpret is not ours to take a lock beside.
  const foreseen = await seeWhatGoes(config, task);
  if (config.dryRun) return leavingOutcome(foreseen, true);
  if (!foreseen.isInstalled) return takeOut(foreseen, task);
  return whileLocked(stateDir, effects, async () => takeOut(await seeWhatGoes(config, task), task));
}

interface Leaving {
  /** There is something of ours. */
  readonly isInstalled: boolean;
  readonly plan: Plan;
  readonly traces: MultusTraces;
}

async function seeWhatGoes({ confDir }: UninstallConfig, { premises, rules }: Task): Promise<Leaving> {
  const traces = confDir === undefined ? noTraces : await onNode(() => findTraces(confDir, premises.binDir));
  await onNode(() => requireNoOtherStateDir(premises.stateDir));
  const { stateDir, spare } = premises;
  const hasState = lstatIfThere(stateDir.path) !== undefined;
  const isInstalled = hasState || (spare !== undefined && (await onNode(() => holdsSpare(spare))));
  const plan = hasState ? await planFor(await look(premises, []), new Map(), rules) : [];
  return { isInstalled, plan: sparing(plan, traces.called), traces };
}

/** The configuration first, so that at no time a runtime is told to call what is not there. */
async function takeOut(leaving: Leaving, { premises }: Task): Promise<Outcome> {
  const { isInstalled, plan, traces } = leaving;
  await onNode(() => removeConfiguration(traces));
  if (isInstalled) {
    carryOutOrUndo(plan, new Map(), premises);
    const { stateDir, spare } = premises;
    if (spare !== undefined) clearSpare(spare);
    clearStateDir(stateDir);
  }
  await onNode(() => removeBinaries(traces));
  return leavingOutcome(leaving, false);
}

function leavingOutcome({ isInstalled, plan, traces }: Leaving, dryRun: boolean): Outcome {
  const stays = plan.filter((action) => action.do === 'disown' && action.because !== 'gone');
  const ofMultus = [...traces.configuration, ...traces.binaries];
  return {
    outcome: isInstalled || ofMultus.length > 0 ? 'uninstalled' : 'unchanged',
    version: undefined,
    plugins: { ...noPlugins, kept: stays.map(({ name }) => name) },
    plan,
    findings: [...plan.flatMap(leftBehind), ...removed(plan, dryRun), ...multusRemoved(ofMultus, dryRun)],
    dryRun,
    sharingMode: 'off',
    sharing: undefined,
    trouble: undefined,
  };
}

function leftBehind(action: Plan[number]): Finding[] {
  if (action.do !== 'disown') return [];
  if (action.because === 'changed') {
    return [{ code: 'plugin-left', message: `${action.name} stays: others have put it there after us` }];
  }
  if (action.because === 'unread') {
    const message = `${action.name} stays: it may not be read, so nobody knows whose it is`;
    return [
      { code: 'plugin-left', message, hint: 'give the container CAP_DAC_OVERRIDE, or remove it by hand' },
    ];
  }
  if (action.because !== 'called') return [];
  return [
    {
      code: 'plugin-called',
      message: `${action.name} stays, and is no longer ours: the network of this node's pods calls it`,
    },
  ];
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

function multusRemoved(paths: readonly string[], dryRun: boolean): Finding[] {
  if (paths.length === 0) return [];
  const fate = dryRun ? 'would go with it' : 'is gone';
  return [{ code: 'multus-removed', message: `what Multus has left here ${fate}: ${paths.join(', ')}` }];
}
