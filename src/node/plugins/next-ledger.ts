// The ledger as a plan will leave it. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { Inventory } from './inventory.ts';
import type { Generation, Introduced, Ledger, Original, PluginSet } from '../state/ledger.ts';
import type { Action, Claim, Plan } from './plan.ts';

export interface LedgerHistory {
  readonly plan: Plan;
  readonly set: PluginSet;
  /** What stands, and all that is recorded, newest first. */
  readonly ledger: Ledger | undefined;
  readonly generations: readonly Ledger[];
  readonly claims: ReadonlyMap<string, Claim>;
  readonly inventory: Inventory;
  /** What plugins that others placed said of themselves just now; what those that were kept before said is recorded. */
  readonly introduced?: Readonly<Record<string, Introduced>>;
}

/**
 * The very ledger there is, when it would come out the same: a repair is no new generation. Nor is a switch that was cut
 * off when it is done again: it keeps the number that its intent was recorded under.
 */
export function ledgerAfter({ ledger, generations, ...input }: LedgerHistory): Ledger {
  const introduced = { ...ledger?.generation.introduced, ...input.introduced };
  const at = (number: number): Ledger => nextLedger({ ...input, introduced, number });
  const recorded = [...(ledger === undefined ? [] : [ledger]), ...generations.slice(0, 1)];
  const same = recorded.find((one) => isDeepStrictEqual(at(one.generation.number), one));
  if (same !== undefined) return same;
  return at(Math.max(0, ...recorded.map(({ generation }) => generation.number)) + 1);
}

export interface LedgerInput {
  readonly plan: Plan;
  readonly set: PluginSet;
  readonly number: number;
  readonly claims: ReadonlyMap<string, Claim>;
  readonly inventory: Inventory;
  readonly introduced?: Readonly<Record<string, Introduced>>;
}

export function nextLedger({ plan, set, number, claims, inventory, introduced }: LedgerInput): Ledger {
  const originals = plan.flatMap((action): [string, Original][] => {
    const original = originalAfter(action, claims.get(action.name));
    return original === undefined ? [] : [[action.name, original]];
  });
  const kept = plan.flatMap((action): [string, string][] => {
    const observed = inventory.get(action.name);
    return isKept(action) && observed?.kind === 'file' ? [[action.name, observed.sha256]] : [];
  });
  return {
    schema: 1,
    generation: generationOf(set, number, Object.fromEntries(kept), introduced),
    originals: Object.fromEntries(originals),
  };
}

/** Takes no more of the set than makes a set: it may be a generation itself. */
function generationOf(
  { version, platform, archive, offered, plugins }: PluginSet,
  number: number,
  kept: Generation['kept'],
  introduced: Generation['introduced'] = {},
): Generation {
  const ofKept = Object.entries(introduced).filter(([name]) => kept[name] !== undefined);
  return {
    version,
    platform,
    archive,
    offered,
    plugins,
    number,
    kept,
    ...(ofKept.length > 0 && { introduced: Object.fromEntries(ofKept) }),
  };
}

function isKept(action: Action): boolean {
  return action.do === 'keep' || (action.do === 'leave' && action.as === 'kept');
}

/** Undefined for a name that is not ours once the plan is carried out. */
function originalAfter(action: Action, claim: Claim | undefined): Original | undefined {
  switch (action.do) {
    case 'adopt':
      return 'equal';
    case 'leave':
      return action.as === 'kept' ? undefined : (claim?.original ?? 'equal');
    case 'place':
      if (action.preserve) return 'displaced';
      // What was only adopted is gone: nothing is there any more that was there before us.
      return claim === undefined || claim.original === 'equal' ? 'nothing' : claim.original;
    case 'keep':
    case 'remove':
    case 'restore':
    case 'disown':
    case 'refuse':
      return undefined;
  }
}
