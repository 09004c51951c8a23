// Carrying out a plan in the bin dir: each name changes in one rename(2), from a complete plugin to a complete plugin.

import {
  linkSync,
  lstatSync,
  lutimesSync,
  lchownSync,
  chmodSync,
  readlinkSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { fsyncDirectory } from '../../lib/files/atomic-file.ts';
import type { Action, Plan } from './plan.ts';
import type { Staged } from './staging.ts';
import { asRefusal } from '../../failure/system-error.ts';
import type { Premises, StateDir } from '../state/state-dir.ts';
import { removeFile } from '../../lib/files/remove.ts';
import { errnoOf, isHopeless } from '../../lib/errno.ts';
import { copyByAnyWay } from '../../lib/files/copy-file.ts';
import { isSameInode, lstatIfThere } from '../../lib/files/file-facts.ts';

/**
 * Preserves what is about to be displaced. Comes after the intent is recorded and before the first rename, so that a
 * displaced file is never without a name. What already waits under `originals/` is older and stays.
 */
export function preserveOriginals(plan: Plan, { binDir, stateDir }: Premises): void {
  const displaced = plan.filter((action) => action.do === 'place' && action.preserve);
  for (const { name } of displaced) preserve(join(binDir, name), stateDir.originalPath(name), stateDir);
  if (displaced.length > 0) fsyncDirectory(stateDir.originalsPath);
}

/**
 * A second link to the inode keeps owner, mode, times and content without copying a byte, and link(2) does not follow
 * symbolic links. Where there are no hard links, a copy with the same owner, mode and times.
 */
function preserve(live: string, original: string, stateDir: StateDir): void {
  if (lstatIfThere(original) !== undefined || linkWherePossible(live, original)) return;
  try {
    copyWithAttributes(live, original, stateDir.temporary());
  } catch (error) {
    throw asRefusal(error, `to keep the original of ${live}`);
  }
}

/**
 * Whether there is a second link now. There is none on a file system without hard links, for an inode that has as many as
 * it may, for another user's file without CAP_FOWNER (proc_sys_fs(5), protected_hardlinks), and for whatever reason else
 * a kernel gives: whoever asks knows another way.
 */
export function linkWherePossible(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isHopeless(error) || errnoOf(error) === undefined) throw error;
    return false;
  }
}

function copyWithAttributes(from: string, to: string, temporary: string): void {
  const stats = lstatSync(from);
  if (stats.isSymbolicLink()) symlinkSync(readlinkSync(from), temporary);
  else copyByAnyWay(from, temporary);
  lchownSync(temporary, stats.uid, stats.gid);
  if (!stats.isSymbolicLink()) chmodSync(temporary, stats.mode & 0o7777);
  lutimesSync(temporary, stats.atime, stats.mtime);
  renameSync(temporary, to);
}

/** Does what the plan says in the bin dir, then makes it last. Idempotent: after a crash the same plan is done again. */
export function carryOut(plan: Plan, staged: Staged, premises: Premises): void {
  for (const action of plan) carryOutOne(action, staged, premises);
  fsyncDirectory(premises.binDir);
}

function carryOutOne(action: Action, staged: Staged, { binDir, stateDir }: Premises): void {
  const live = join(binDir, action.name);
  switch (action.do) {
    case 'place':
      return renameSync(stagedCopy(staged, action.name), live);
    case 'remove':
      return removeFile(live);
    case 'restore':
      return restore(stateDir.originalPath(action.name), live, stateDir);
    case 'leave':
    case 'adopt':
    case 'keep':
    case 'disown':
      return undefined;
    case 'refuse':
      throw new Error(`a refused plan is never carried out, yet ${action.name} came here`);
  }
}

function stagedCopy(staged: Staged, name: string): string {
  const path = staged.get(name);
  if (path === undefined) throw new Error(`no staged copy of ${name}`);
  return path;
}

/**
 * The original itself, with its owner, mode and times, under its old name. Where it can have a second link it also keeps
 * waiting under `originals/` until the ledger no longer speaks of it: then the record is true at every instant.
 */
function restore(original: string, live: string, stateDir: StateDir): void {
  if (lstatIfThere(original) === undefined || isSameInode(original, live)) return;
  const again = stateDir.temporary();
  renameSync(linkWherePossible(original, again) ? again : original, live);
}
