// Changing the bin dir from one set of plugins to another: recorded, then renamed into place, all of it or nothing.

import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { lstatIfThere } from '../../lib/files/file-facts.ts';
import { removeFile } from '../../lib/files/remove.ts';
import {
  discard,
  forgetIntentsBetween,
  retainTwoGenerations,
  withdrawIntent,
} from '../state/housekeeping.ts';
import { type Ledger, recordIntent, recordLedger } from '../state/ledger.ts';
import type { Premises, StateDir } from '../state/state-dir.ts';
import { carryOut, linkWherePossible, preserveOriginals } from './placement.ts';
import type { Plan } from './plan.ts';
import type { Staged } from './staging.ts';

/** From what stands to what shall stand. */
export interface Transition {
  readonly plan: Plan;
  /** The ledger as it stands, and as the switch shall leave it. The same object: nothing but plugins is repaired. */
  readonly before: Ledger | undefined;
  readonly after: Ledger;
}

/**
 * Everything that can fail for lack of space, time or soundness comes before. From here on it is not interrupted; should
 * a rename fail all the same, what was renamed is put back.
 */
export function placeSet({ plan, before, after }: Transition, staged: Staged, premises: Premises): void {
  const { stateDir } = premises;
  try {
    if (after !== before) recordIntent(stateDir, after);
    preserveOriginals(plan, premises);
    carryOutOrUndo(plan, staged, premises);
  } catch (error) {
    if (after !== before) withdrawIntent(stateDir, after);
    throw error;
  }
}

/** Makes the intent the truth, then forgets what nobody can come back to. */
export function recordSet(
  { before, after }: Transition,
  history: readonly Ledger[],
  stateDir: StateDir,
): void {
  if (after !== before) {
    if (before !== undefined) forgetIntentsBetween(stateDir, before, after);
    recordLedger(stateDir, after);
  }
  retainTwoGenerations(stateDir, after, history);
}

/** All of the plan is done in the bin dir, or, should the node refuse half way, none of it. */
export function carryOutOrUndo(plan: Plan, staged: Staged, premises: Premises): void {
  const spares = rememberLive(plan, premises);
  try {
    carryOut(plan, staged, premises);
  } catch (error) {
    for (const spare of spares) putBackSpare(spare, premises);
    throw error;
  } finally {
    discard(spares.flatMap(({ path }) => path ?? []));
  }
}

/** What stood under a name that is about to change. */
interface Spare {
  readonly name: string;
  readonly was: 'there' | 'absent';
  /** A second link to it; undefined where there was nothing, or there can be none. */
  readonly path: string | undefined;
  /** The original that waited to come back under this name. */
  readonly original: string | undefined;
}

/** Costs no bytes, hence also works on a disk that is full. */
function rememberLive(plan: Plan, { binDir, stateDir }: Premises): readonly Spare[] {
  const changing = plan.filter(({ do: verb }) => verb === 'place' || verb === 'remove' || verb === 'restore');
  return changing.map(({ do: verb, name }) => {
    const live = join(binDir, name);
    const original = verb === 'restore' ? ifThere(stateDir.originalPath(name)) : undefined;
    if (ifThere(live) === undefined) return { name, was: 'absent', path: undefined, original };
    const spare = stateDir.temporary();
    return { name, was: 'there', path: linkWherePossible(live, spare) ? spare : undefined, original };
  });
}

function ifThere(path: string): string | undefined {
  return lstatIfThere(path) === undefined ? undefined : path;
}

function putBackSpare({ name, was, path, original }: Spare, { binDir }: Premises): void {
  const live = join(binDir, name);
  const wasMoved = original !== undefined && ifThere(original) === undefined;
  if (wasMoved) renameSync(live, original);
  if (was === 'absent') removeFile(live);
  else if (path !== undefined) renameSync(path, live);
}
