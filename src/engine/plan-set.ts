// From a survey and a set to a plan: what is foreign is tried where the policy wants to know, then all is decided.

import { join } from 'node:path';
import { Failure } from '../failure/failure.ts';
import {
  type ConflictPolicy,
  makePlan,
  type Plan,
  pluginMode,
  type RefuseReason,
  type Wanted,
} from '../node/plugins/plan.ts';
import type { ProofTerms } from '../node/plugins/proof.ts';
import type { Survey } from '../node/plugins/survey.ts';
import type { PluginSet } from '../node/state/ledger.ts';

/** What a set asks of the bin dir. */
export function wantedOf(set: PluginSet): ReadonlyMap<string, Wanted> {
  return new Map(Object.entries(set.plugins));
}

/** What is asked of the bin dir as long as the bytes are not known: the same as ours there, or others. */
export function wantedUnread(
  names: readonly string[],
  bytes: 'same' | 'other' = 'same',
): ReadonlyMap<string, Wanted> {
  const wanted: Wanted = { sha256: undefined, isOtherRelease: bytes === 'other', mode: pluginMode };
  return new Map(names.map((name) => [name, wanted]));
}

/** By what a node's plugins are judged. */
export interface Rules extends ProofTerms {
  readonly binDir: string;
  readonly onConflict: ConflictPolicy;
}

/** Under `keep`, each foreign plugin that might stay is run first; what can't be judged from here is not ours to replace. */
export async function planFor(
  seen: Survey,
  wanted: ReadonlyMap<string, Wanted>,
  rules: Rules,
): Promise<Plan> {
  const rough = roughPlanFor(seen, wanted, rules);
  const inQuestion = rough.filter((action) => action.do === 'place' && action.because === 'foreign-broken');
  if (inQuestion.length === 0) return rough;
  const names = inQuestion.map(({ name }) => name);
  const { tryAll } = await import('../node/plugins/proofs.ts');
  const trials = await tryAll(
    names.map((name) => [name, join(rules.binDir, name)] as const),
    rules,
  );
  const mayStay = names.filter((name) => trials.get(name)?.works !== false);
  return planKnowing(new Set(mayStay), seen, wanted, rules);
}

/** A plan that has tried nothing: enough to see what stands in the way, or what bytes are missing. */
export function roughPlanFor(seen: Survey, wanted: ReadonlyMap<string, Wanted>, rules: Rules): Plan {
  return planKnowing(new Set(), seen, wanted, rules);
}

function planKnowing(
  working: ReadonlySet<string>,
  { inventory, claims, ledger }: Survey,
  wanted: ReadonlyMap<string, Wanted>,
  { onConflict }: Rules,
): Plan {
  return makePlan({ inventory, claims, wanted, onConflict, kept: ledger?.generation.kept ?? {}, working });
}

const inTheWay: Readonly<Record<RefuseReason, string>> = {
  directory: 'a directory',
  special: 'not a regular file',
  conflict: "another installer's plugin",
};

/** @throws Failure `node` that names what stands in the way. */
export function requirePossible(plan: Plan, binDir: string): void {
  const refused = plan.flatMap((action) => (action.do === 'refuse' ? [action] : []));
  const [first] = refused;
  if (first === undefined) return;
  const names = refused.map(({ name }) => name);
  throw new Failure(first.because === 'conflict' ? 'plugin-conflict' : 'plugin-name-taken', {
    message: `${names.join(', ')} can't be placed in ${binDir}: ${first.name} is ${inTheWay[first.because]} there; nothing was changed`,
    plugins: names,
  });
}
