// Changing the node from one set of plugins to another: staged, proved, recorded, then renamed into place.

import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../lib/log.ts';
import { discard, forgetIntentsBetween, withdrawIntent } from '../state/housekeeping.ts';
import { type Ledger, recordIntent, recordLedger, type StoredPlugin } from '../state/ledger.ts';
import { carryOut, linkWherePossible, preserveOriginals, type Staged } from './placement.ts';
import type { Plan } from './plan.ts';
import type { Proof } from './proof.ts';
import { proveAll } from './proofs.ts';
import { onDisk, requireSpace } from '../state/space.ts';
import { stageBlob } from '../state/store.ts';
import { removeFile } from '../../lib/files/remove.ts';
import { lstatIfThere } from '../../lib/files/file-facts.ts';
import type { Premises } from '../state/state-dir.ts';
import type { Arch } from '../../lib/architecture.ts';

export interface SwitchRequest extends Premises {
  readonly plan: Plan;
  /** The ledger as it stands, and as the switch shall leave it. The same object: nothing but plugins is repaired. */
  readonly before: Ledger | undefined;
  readonly after: Ledger;
  /** The node's. */
  readonly arch: Arch;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Everything that can fail for lack of space, time or soundness comes before the first rename. From there on it is not
 * interrupted; should a rename fail all the same, what was renamed is put back.
 * @throws Failure `plugin` when a plugin does not work; Node's own error when the node refuses.
 */
export async function switchSet(request: SwitchRequest): Promise<readonly Proof[]> {
  const { plan, before, after, stateDir } = request;
  const staged = stageAll(request);
  try {
    const proofs = await proveSet(request, staged);
    request.signal.throwIfAborted();
    try {
      if (after !== before) recordIntent(stateDir, after);
      preserveOriginals(plan, request);
      carryOutOrUndo(request, staged);
    } catch (error) {
      if (after !== before) withdrawIntent(stateDir, after);
      throw error;
    }
    if (after !== before) {
      if (before !== undefined) forgetIntentsBetween(stateDir, before, after);
      recordLedger(stateDir, after);
    }
    return proofs;
  } finally {
    discard(staged.values());
  }
}

/** @throws Failure `node` when the disk has no room for the copies, before the first is made. */
function stageAll({ plan, after, stateDir }: SwitchRequest): Staged {
  const toPlace = plan.flatMap((action): [string, StoredPlugin][] => {
    const plugin = after.generation.plugins[action.name];
    return action.do !== 'place' || plugin === undefined ? [] : [[action.name, plugin]];
  });
  const bytes = toPlace.reduce((sum, [, { size }]) => sum + onDisk(size), 0);
  requireSpace(stateDir.path, { bytes, files: toPlace.length });
  const staged = new Map<string, string>();
  try {
    for (const [name, { sha256, mode }] of toPlace) staged.set(name, stageBlob(stateDir, sha256, mode));
    return staged;
  } catch (error) {
    discard(staged.values());
    throw error;
  }
}

/** What runs is the very inode that is renamed into place; an adopted plugin is run where it stands. */
async function proveSet(
  { plan, binDir, arch, signal, log }: SwitchRequest,
  staged: Staged,
): Promise<readonly Proof[]> {
  const adopted = plan.flatMap(({ do: verb, name }): [string, string][] =>
    verb === 'adopt' ? [[name, join(binDir, name)]] : [],
  );
  const proofs = await proveAll([...staged, ...adopted], { arch, signal });
  for (const { name, saysOfItself, specVersions } of proofs) {
    log.debug(`${name} works: ${saysOfItself}`, { specVersions });
  }
  return proofs;
}

/** What a plan's renames need to know, and what undoing them needs. */
export type Renaming = Pick<SwitchRequest, 'plan' | 'binDir' | 'stateDir'>;

/** All of the plan is done in the bin dir, or, should the node refuse half way, none of it. */
export function carryOutOrUndo(request: Renaming, staged: Staged): void {
  const spares = rememberLive(request);
  try {
    carryOut(request.plan, staged, request);
  } catch (error) {
    for (const spare of spares) putBack(spare, request);
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
function rememberLive({ plan, binDir, stateDir }: Renaming): readonly Spare[] {
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

function putBack({ name, was, path, original }: Spare, { binDir }: Renaming): void {
  const live = join(binDir, name);
  const wasMoved = original !== undefined && ifThere(original) === undefined;
  if (wasMoved) renameSync(live, original);
  if (was === 'absent') removeFile(live);
  else if (path !== undefined) renameSync(path, live);
}
