// What we may call ours in the bin dir, from the ledger and from a switch that was cut off. Pure.

import type { Inventory } from './inventory.ts';
import type { Ledger } from '../state/ledger.ts';
import type { Claim } from './plan.ts';

export interface ClaimSources {
  readonly ledger: Ledger | undefined;
  /** A recorded intent newer than the ledger: its switch began, and may have placed some of its plugins. */
  readonly intent: Ledger | undefined;
  readonly inventory: Inventory;
}

/**
 * The ledger's claims stand whatever is in the bin dir now. An intent's claim stands only for a name that has its very
 * bytes: there the rename happened; everywhere else the switch has not come yet, and what is there is still another's.
 */
export function claimsFrom({ ledger, intent, inventory }: ClaimSources): ReadonlyMap<string, Claim> {
  const claims = new Map(recordedClaims(ledger));
  for (const [name, claim] of recordedClaims(intent)) {
    const observed = inventory.get(name);
    if (observed?.kind === 'file' && observed.sha256 === claim.sha256) claims.set(name, claim);
  }
  return claims;
}

/** Names that a ledger speaks of. */
export function claimedNames(ledger: Ledger | undefined): readonly string[] {
  return recordedClaims(ledger).map(([name]) => name);
}

/** It is of the set that stands, but another's plugin was left in its place, by policy. */
export function isLeftToOthers(name: string, ledger: Ledger | undefined): boolean {
  return ledger?.generation.plugins[name] !== undefined && ledger.originals[name] === undefined;
}

function recordedClaims(ledger: Ledger | undefined): readonly [string, Claim][] {
  return Object.entries(ledger?.originals ?? {}).flatMap(([name, original]): [string, Claim][] => {
    const plugin = ledger?.generation.plugins[name];
    return plugin === undefined ? [] : [[name, { sha256: plugin.sha256, mode: plugin.mode, original }]];
  });
}
