// The node as it is now: its ledger, what stands in the bin dir, and what of that is ours. Reads only.

import { join } from 'node:path';
import type { Finding } from '../../failure/finding.ts';
import { claimedNames, claimsFrom } from './claims.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { type Ledger, type LedgerReading, readGenerations, readLedger } from '../state/ledger.ts';
import type { Claim } from './plan.ts';
import { blobDigests } from '../state/store.ts';
import { isSameInode, lstatIfThere } from '../../lib/files/file-facts.ts';
import { requireNoOtherStateDir } from '../state/prepare.ts';
import type { Premises } from '../state/state-dir.ts';

export interface Survey {
  /** What stands, by the ledger, or where that is lost by the newest recorded generation. */
  readonly ledger: Ledger | undefined;
  /** The ledger was read; else it has to be written again, whatever else there is to do. */
  readonly ledgerIsSound: boolean;
  /** Recorded sets, newest first, the ledger's own among them. */
  readonly generations: readonly Ledger[];
  /** Where the node has no record, the sets that its spare store has, newest first: what it could be given, not what it has. */
  readonly spared: readonly Ledger[];
  readonly inventory: Inventory;
  readonly claims: ReadonlyMap<string, Claim>;
  readonly findings: readonly Finding[];
}

/**
 * Looks at the names given and at those the ledger speaks of.
 * @throws Failure `node` for a ledger of a newer schema.
 */
export async function survey(premises: Premises, names: readonly string[]): Promise<Survey> {
  requireNoOtherStateDir(premises.stateDir);
  const reading = readLedger(premises.stateDir);
  const generations = readGenerations(premises.stateDir);
  const [newest] = generations;
  const lost = whyLost(reading, generations);
  if (lost !== undefined || (reading.kind === 'none' && newest === undefined)) {
    return surveyWithoutLedger(premises, names, generations, lost);
  }
  const ledger = reading.kind === 'ledger' ? reading.ledger : undefined;
  const intents = generations.filter((generation) => isNewer(generation, ledger));
  const concerned = new Set([...names, ...claimedNames(ledger), ...intents.flatMap(claimedNames)]);
  const inventory = await takeInventory(premises.binDir, concerned);
  return {
    ledger,
    ledgerIsSound: ledger !== undefined,
    generations,
    spared: [],
    inventory,
    claims: asTheyWait(allClaims(ledger, intents, inventory), premises),
    findings: [],
  };
}

/** One run may have been cut off after another was: what has the bytes of any of their intents, is ours. */
function allClaims(
  ledger: Ledger | undefined,
  intents: readonly Ledger[],
  inventory: Inventory,
): ReadonlyMap<string, Claim> {
  const oldestFirst = intents.toReversed();
  return new Map([
    ...claimsFrom({ ledger, intent: undefined, inventory }),
    ...oldestFirst.flatMap((intent) => [...claimsFrom({ ledger: undefined, intent, inventory })]),
  ]);
}

/**
 * A displaced original that stands again under its name was given back, by a run that was then cut off. One that is
 * nowhere may have been given back by hand: what stands there may be it. Either is treated as one that was there before
 * us, whatever its bytes.
 */
function asTheyWait(claims: ReadonlyMap<string, Claim>, premises: Premises): ReadonlyMap<string, Claim> {
  const adjusted = [...claims].map(([name, claim]): [string, Claim] => {
    const isBack = claim.original === 'displaced' && !waits(name, premises);
    return [name, isBack ? { ...claim, original: 'equal' } : claim];
  });
  return new Map(adjusted);
}

function waits(name: string, { binDir, stateDir }: Premises): boolean {
  const original = stateDir.originalPath(name);
  return lstatIfThere(original) !== undefined && !isSameInode(original, join(binDir, name));
}

/** A single generation without a ledger is a first switch that was cut off; more of them have had a ledger. */
function whyLost(reading: LedgerReading, generations: readonly Ledger[]): string | undefined {
  if (reading.kind === 'unreadable') return reading.because;
  return reading.kind === 'none' && generations.length > 1 ? 'it is gone' : undefined;
}

function isNewer(candidate: Ledger, ledger: Ledger | undefined): boolean {
  return candidate.generation.number > (ledger?.generation.number ?? 0);
}

/**
 * Without a ledger the disk has to speak. The newest recorded generation takes the ledger's place; without one, a
 * plugin whose very bytes are in our store is ours. Nobody knows then what it displaced, unless that still waits; so it
 * counts as one that was there before us, which uninstall leaves alone.
 */
async function surveyWithoutLedger(
  premises: Premises,
  names: readonly string[],
  generations: readonly Ledger[],
  because: string | undefined,
): Promise<Survey> {
  const [ledger] = generations;
  const inventory = await takeInventory(
    premises.binDir,
    new Set([...names, ...generations.flatMap(claimedNames)]),
  );
  const claims = allClaims(undefined, generations, inventory);
  return {
    ledger,
    ledgerIsSound: false,
    generations,
    spared: ledger === undefined && premises.spare !== undefined ? readGenerations(premises.spare) : [],
    inventory,
    claims: ledger === undefined ? claimsByBytes(premises, inventory) : asTheyWait(claims, premises),
    findings: because === undefined ? [] : [rebuilt(premises, because, ledger)],
  };
}

function claimsByBytes(premises: Premises, inventory: Inventory): ReadonlyMap<string, Claim> {
  const ours = new Set(blobDigests(premises.stateDir));
  const claims = new Map<string, Claim>();
  for (const [name, observed] of inventory) {
    if (observed.kind !== 'file' || !ours.has(observed.sha256)) continue;
    claims.set(name, {
      sha256: observed.sha256,
      mode: observed.mode,
      original: waits(name, premises) ? 'displaced' : 'equal',
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
