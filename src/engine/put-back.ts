// Single plugins of the set that the ledger speaks of, back in their place from what the node itself has.

import type { FindingCode } from '../failure/codes.ts';
import { Failure } from '../failure/failure.ts';
import { isLeftToOthers } from '../node/plugins/claims.ts';
import { type Action, makePlan, type Plan } from '../node/plugins/plan.ts';
import { type Stage, stage } from '../node/plugins/staging.ts';
import type { Survey } from '../node/plugins/survey.ts';
import { discard } from '../node/state/housekeeping.ts';
import type { Generation, Ledger } from '../node/state/ledger.ts';
import type { Premises } from '../node/state/state-dir.ts';
import type { Effects } from './context.ts';
import { look } from './look.ts';
import { switchTo } from './make-present.ts';
import { requirePossible, type Rules, wantedOf } from './plan-set.ts';
import { whileLocked } from './turns.ts';

export interface PutBackRequest {
  readonly premises: Premises;
  readonly rules: Rules;
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
  const { premises, rules, names } = request;
  const { binDir, stateDir } = premises;
  return whileLocked(stateDir, effects, async () => {
    const seen = await look(premises, []);
    if (seen.ledger === undefined || !seen.ledgerIsSound) return [];
    const set = seen.ledger.generation;
    const plan = planOfReturn(seen, set, new Set(names));
    requirePossible(plan, binDir);
    const placed = plan.flatMap((action) => (action.do === 'place' ? [action.name] : []));
    if (placed.length === 0) return [];
    const { staged } = await stageWhole(plan, set, request);
    const task = { premises, rules: { ...rules, signal: effects.signal }, effects };
    const { findings } = await switchTo({ set, seen, plan, staged, findings: [] }, task);
    for (const { code, message } of findings) if (isOfRepair.has(code)) effects.log.warn(message, { code });
    return placed;
  });
}

/** What is true of the set itself was told when it was installed. */
const isOfRepair: ReadonlySet<FindingCode> = new Set(['plugin-dynamic', 'spare-store-unfilled']);

/**
 * The plan for the whole recorded set, in which nothing happens but to the names given. What belongs to others stays
 * theirs unless it is among those names, which are told to be in trouble: then it does not work.
 */
function planOfReturn(
  { inventory, claims, ledger }: Survey,
  generation: Generation,
  names: ReadonlySet<string>,
): Plan {
  const { kept } = generation;
  const wanted = wantedOf(generation);
  const working = new Set([...wanted.keys()].filter((name) => !names.has(name)));
  const whole = makePlan({ inventory, claims, wanted, onConflict: 'keep', kept, working });
  return whole.map((action) => (names.has(action.name) ? action : asItIs(action, ledger)));
}

function asItIs({ name }: Action, ledger: Ledger | undefined): Action {
  return { do: 'leave', name, as: isLeftToOthers(name, ledger) ? 'kept' : 'intact' };
}

async function stageWhole(
  plan: Plan,
  generation: Generation,
  { premises, refill }: PutBackRequest,
): Promise<Stage> {
  const first = await stage(plan, generation.plugins, premises);
  if (first.missing.length === 0) return first;
  discard(first.staged.values());
  if (refill !== undefined) await refill(generation, first.missing);
  const again = refill === undefined ? first : await stage(plan, generation.plugins, premises);
  const [lost] = again.missing;
  if (lost === undefined) return again;
  discard(again.staged.values());
  const path = premises.stateDir.blobPath(generation.plugins[lost]?.sha256 ?? '');
  throw new Failure('store-damaged', {
    message: `${lost} can't be put back: ${path} is missing or damaged`,
    hint: `restart Multus' pod: its init container installs ${generation.version} again`,
    plugins: [lost],
  });
}
