// Single plugins of the set that the ledger speaks of, back in their place from what the node itself has.

import { Failure } from '../failure/failure.ts';
import { onNode } from '../failure/system-error.ts';
import type { Arch } from '../lib/architecture.ts';
import { ledgerAfter } from '../node/plugins/next-ledger.ts';
import { type Action, makePlan, type Plan } from '../node/plugins/plan.ts';
import { type Survey, survey } from '../node/plugins/survey.ts';
import { switchSet } from '../node/plugins/switch-set.ts';
import { retainTwoGenerations } from '../node/state/housekeeping.ts';
import type { Generation } from '../node/state/ledger.ts';
import type { Premises, StateDir } from '../node/state/state-dir.ts';
import { hasIntactBlob } from '../node/state/store.ts';
import type { Effects } from './context.ts';
import { requirePossible, wantedOf } from './plan-set.ts';
import { whileLocked } from './turns.ts';

export interface PutBackRequest {
  readonly premises: Premises;
  readonly arch: Arch;
  readonly names: readonly string[];
  /** Brings blobs that the store has lost into it, from an archive at hand; without it they stay lost. */
  readonly refill: ((generation: Generation, names: readonly string[]) => Promise<void>) | undefined;
}

/**
 * Puts back those of the names that the ledger, read again under the lock, still says are ours: what an uninstall or a
 * rollback took away meanwhile stays away. What works and belongs to others is left to them. A repair is no new generation.
 * @returns the names that were put back
 * @throws Failure `node` when something is in the way of one, the store has lost one, or the node refuses, `plugin` when one does not work
 */
export async function putBack(request: PutBackRequest, effects: Effects): Promise<readonly string[]> {
  const { premises, names } = request;
  return whileLocked(premises.stateDir, effects, async () => {
    const seen = await onNode(() => survey(premises, []));
    if (seen.ledger === undefined || !seen.ledgerIsSound) return [];
    const due = planFor(seen, seen.ledger.generation, new Set(names));
    requirePossible(due, request);
    const placed = due.flatMap((action) => (action.do === 'place' ? [action.name] : []));
    if (placed.length === 0) return [];
    await requireBlobs(placed, seen.ledger.generation, request);
    await carryOut(due, seen, request, effects);
    return placed;
  });
}

/**
 * The plan for the whole recorded set, in which nothing happens but to the names given. What belongs to others stays
 * theirs unless it is among those names, which are told to be in trouble: then it does not work.
 */
function planFor({ inventory, claims }: Survey, generation: Generation, names: ReadonlySet<string>): Plan {
  const { kept } = generation;
  const wanted = wantedOf(generation);
  const working = new Set([...wanted.keys()].filter((name) => !names.has(name)));
  const whole = makePlan({ inventory, claims, wanted, onConflict: 'keep', kept, working });
  return whole.map((action) => (names.has(action.name) ? action : asItIs(action, kept)));
}

function asItIs({ name }: Action, kept: Generation['kept']): Action {
  return { do: 'leave', name, as: kept[name] === undefined ? 'intact' : 'kept' };
}

async function requireBlobs(
  names: readonly string[],
  generation: Generation,
  { premises: { stateDir }, refill }: PutBackRequest,
): Promise<void> {
  const lost = await lostAmong(names, generation, stateDir);
  if (lost.length > 0 && refill !== undefined) await refill(generation, lost);
  const [first] = await lostAmong(names, generation, stateDir);
  if (first === undefined) return;
  const path = stateDir.blobPath(generation.plugins[first]?.sha256 ?? '');
  throw new Failure('store-damaged', {
    message: `${first} can't be put back: ${path} is missing or damaged`,
    hint: `restart Multus' pod: its init container installs ${generation.version} again`,
    plugins: [first],
  });
}

async function lostAmong(
  names: readonly string[],
  { plugins }: Generation,
  stateDir: StateDir,
): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const name of names) {
    const sha256 = plugins[name]?.sha256;
    if (sha256 === undefined || !(await hasIntactBlob(stateDir, sha256))) lost.push(name);
  }
  return lost;
}

async function carryOut(
  plan: Plan,
  seen: Survey,
  { premises, arch }: PutBackRequest,
  { log, signal }: Effects,
): Promise<void> {
  const { ledger: before } = seen;
  if (before === undefined) return;
  const after = ledgerAfter({ ...seen, plan, set: before.generation });
  await switchSet({ ...premises, plan, before, after, arch, log, signal });
  retainTwoGenerations(premises.stateDir, after, seen.generations);
}
