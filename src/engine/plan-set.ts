// From a survey and a set to a plan: what is foreign is tried where the policy wants to know, then all is decided.

import { join } from 'node:path';
import { Failure } from '../failure/failure.ts';
import { makePlan, type Plan, pluginMode, type RefuseReason, type Wanted } from '../node/plugins/plan.ts';
import { whyBrokenAmong } from '../node/plugins/proofs.ts';
import type { Survey } from '../node/plugins/survey.ts';
import type { Task } from './context.ts';
import type { PluginSet } from '../node/state/ledger.ts';

/** What a set asks of the bin dir. */
export function wantedOf(set: PluginSet): ReadonlyMap<string, Wanted> {
  return new Map(Object.entries(set.plugins));
}

/** What is asked of the bin dir as long as the bytes are not known. */
export function wantedUnread(names: readonly string[]): ReadonlyMap<string, Wanted> {
  return new Map(names.map((name) => [name, { sha256: undefined, mode: pluginMode }]));
}

export async function planFor(seen: Survey, wanted: ReadonlyMap<string, Wanted>, task: Task): Promise<Plan> {
  return decide(seen, wanted, task, await workingForeign(seen, wanted, task));
}

/** A plan that has tried nothing: enough to see what stands in the way, or what bytes are missing. */
export function roughPlanFor(seen: Survey, wanted: ReadonlyMap<string, Wanted>, task: Task): Plan {
  return decide(seen, wanted, task, new Set());
}

function decide(
  { inventory, claims, ledger }: Survey,
  wanted: ReadonlyMap<string, Wanted>,
  { onConflict }: Task,
  working: ReadonlySet<string>,
): Plan {
  return makePlan({ inventory, claims, wanted, onConflict, kept: ledger?.generation.kept ?? {}, working });
}

/** Under `keep`, each foreign plugin that might stay is run first. */
async function workingForeign(
  seen: Survey,
  wanted: ReadonlyMap<string, Wanted>,
  task: Task,
): Promise<ReadonlySet<string>> {
  if (task.onConflict !== 'keep') return new Set();
  const inQuestion = roughPlanFor(seen, wanted, task).filter(
    (action) => action.do === 'place' && action.because === 'foreign-broken',
  );
  const names = inQuestion.map(({ name }) => name);
  const broken = await whyBrokenAmong(
    names.map((name) => [name, join(task.premises.binDir, name)] as const),
    { arch: task.arch, signal: task.effects.signal },
  );
  return new Set(names.filter((name) => !broken.has(name)));
}

const inTheWay: Readonly<Record<RefuseReason, string>> = {
  directory: 'a directory',
  special: 'not a regular file',
  conflict: "another installer's plugin",
};

/** @throws Failure `node` that names what stands in the way. */
export function requirePossible(plan: Plan, { premises: { binDir } }: Pick<Task, 'premises'>): void {
  const refused = plan.flatMap((action) => (action.do === 'refuse' ? [action] : []));
  const [first] = refused;
  if (first === undefined) return;
  const names = refused.map(({ name }) => name);
  throw new Failure(first.because === 'conflict' ? 'plugin-conflict' : 'plugin-name-taken', {
    message: `${names.join(', ')} can't be placed in ${binDir}: ${first.name} is ${inTheWay[first.because]} there; nothing was changed`,
    plugins: names,
  });
}
