// The node as it is now: its ledger, what stands in the bin dir, and what of that is ours. Reads only.

import type { Finding } from '../lib/finding.ts';
import { claimedNames, claimsFrom } from './claims.ts';
import { type Inventory, lstatIfThere, takeInventory } from './inventory.ts';
import { type Ledger, readGenerations, readLedger } from './ledger.ts';
import type { Claim } from './plan.ts';
import type { Premises } from './placement.ts';
import { blobDigests } from './store.ts';

export interface Survey {
  readonly ledger: Ledger | undefined;
  /** Recorded sets, newest first, the ledger's own among them. */
  readonly generations: readonly Ledger[];
  readonly inventory: Inventory;
  readonly claims: ReadonlyMap<string, Claim>;
  readonly findings: readonly Finding[];
}

/**
 * Looks at the names given and at those the ledger speaks of.
 * @throws Failure `node` for a ledger of a newer schema.
 */
export async function survey(premises: Premises, names: readonly string[]): Promise<Survey> {
  const reading = readLedger(premises.stateDir);
  const generations = readGenerations(premises.stateDir);
  const [newest] = generations;
  if (reading.kind === 'unreadable' || (reading.kind === 'none' && newest === undefined)) {
    return surveyWithoutLedger(premises, names, reading.kind === 'unreadable' ? reading.because : undefined);
  }
  const ledger = reading.kind === 'ledger' ? reading.ledger : undefined;
  const intent = newest !== undefined && isNewer(newest, ledger) ? newest : undefined;
  const concerned = new Set([...names, ...claimedNames(ledger), ...claimedNames(intent)]);
  const inventory = await takeInventory(premises.binDir, concerned);
  return { ledger, generations, inventory, claims: claimsFrom({ ledger, intent, inventory }), findings: [] };
}

function isNewer(candidate: Ledger, ledger: Ledger | undefined): boolean {
  return candidate.generation.number > (ledger?.generation.number ?? 0);
}

/**
 * Without a ledger the disk has to speak. The newest recorded generation takes the ledger's place; without one, a
 * plugin whose very bytes are in our store is ours.
 */
async function surveyWithoutLedger(
  premises: Premises,
  names: readonly string[],
  because: string | undefined,
): Promise<Survey> {
  const generations = readGenerations(premises.stateDir);
  const [ledger] = generations;
  const inventory = await takeInventory(premises.binDir, new Set([...names, ...claimedNames(ledger)]));
  const claims = claimsFrom({ ledger, intent: undefined, inventory });
  return {
    ledger: undefined,
    generations,
    inventory,
    claims: ledger === undefined ? claimsByBytes(premises, inventory) : claims,
    findings: because === undefined ? [] : [rebuilt(premises, because, ledger)],
  };
}

function claimsByBytes({ stateDir }: Premises, inventory: Inventory): ReadonlyMap<string, Claim> {
  const ours = new Set(blobDigests(stateDir));
  const claims = new Map<string, Claim>();
  for (const [name, observed] of inventory) {
    if (observed.kind !== 'file' || !ours.has(observed.sha256)) continue;
    const waits = lstatIfThere(stateDir.originalPath(name)) !== undefined;
    claims.set(name, {
      sha256: observed.sha256,
      mode: observed.mode,
      original: waits ? 'displaced' : 'nothing',
    });
  }
  return claims;
}

function rebuilt({ stateDir }: Premises, because: string, ledger: Ledger | undefined): Finding {
  const source =
    ledger === undefined ? 'the store and the bin dir' : stateDir.generationPath(ledger.generation.number);
  return {
    code: 'ledger-rebuilt',
    message: `the ledger ${stateDir.ledgerPath} can't be used: ${because}; what we own is taken from ${source}`,
    hint: 'see what wrote there; the next change writes a new ledger',
  };
}
