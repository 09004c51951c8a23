// One change of the node at a time: the lock around it, and a tidy state dir before and after.

import { Failure } from '../failure/failure.ts';
import { type Lock, takeLock } from '../lib/files/lock.ts';
import { onNode } from '../failure/system-error.ts';
import type { StateDir } from '../node/state/state-dir.ts';
import {
  fsyncRemoval,
  removeEmptyDirectories,
  removeEmptyStateDir,
  sweepTemporaries,
} from '../node/state/housekeeping.ts';
import { prepareStateDir } from '../node/state/prepare.ts';
import { errnoOf } from '../lib/errno.ts';
import type { Effects } from './context.ts';

/**
 * Runs the change while no other installer changes this node. What a killed one left behind is swept first; a change
 * that came to nothing leaves no empty directories.
 */
export async function whileLocked<Result>(
  stateDir: StateDir,
  effects: Effects,
  change: () => Promise<Result>,
): Promise<Result> {
  const lock = await takeNodeLock(stateDir, effects);
  let result: Result;
  try {
    result = await onNode(async () => {
      // Whoever had the lock before may have taken away what was made while we waited.
      prepareStateDir(stateDir);
      sweepTemporaries(stateDir);
      return await change();
    });
  } finally {
    removeEmptyDirectories(stateDir);
    await lock.release();
    removeEmptyStateDir(stateDir);
  }
  await onNode(() => fsyncRemoval(stateDir));
  return result;
}

/**
 * Sweeps what a run left behind that was cut off, or that the node did not let tidy. A node that does not let us now
 * either is no worse than it was.
 */
export async function sweepLeftovers(
  stateDir: StateDir,
  effects: Effects,
  sweep: () => Promise<void>,
): Promise<void> {
  try {
    await whileLocked(stateDir, effects, sweep);
  } catch (error) {
    effects.signal.throwIfAborted();
    effects.log.debug('what an earlier run left behind could not be swept', { reason: String(error) });
  }
}

async function takeNodeLock(stateDir: StateDir, effects: Effects): Promise<Lock> {
  const { holder, signal, random, sleep, log } = effects;
  let waitedFor: string | undefined;
  const place = { directory: stateDir.locksPath, temporary: () => stateDir.temporary() };
  const onWait = (other: string): void => {
    waitedFor = other;
    log.info(`waiting for another installer on this node: ${other}`);
  };
  try {
    return await onNode(async () => {
      for (;;) {
        try {
          prepareStateDir(stateDir);
          return await takeLock(place, { holder, signal, random, onWait });
        } catch (error) {
          if (hasNoSockets(error)) return unlocked(stateDir, effects);
          // One that has just ended has taken the directory away.
          if (errnoOf(error) !== 'ENOENT') throw error;
          await sleep(random() * 10, signal);
        }
      }
    });
  } catch (error) {
    if (waitedFor !== undefined && error instanceof Failure && error.code === 'timeout')
      throw waitedTooLong(waitedFor, stateDir, error);
    throw error;
  }
}

/** bind(2) on a file system that has no special files: some FUSE and shared-folder ones. */
function hasNoSockets(error: unknown): boolean {
  const atBind = error instanceof Error && 'syscall' in error && error.syscall === 'listen';
  return atBind && ['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL'].includes(errnoOf(error) ?? '');
}

/** Each step is safe by itself; what is lost is only that two installers at once take turns. */
function unlocked(stateDir: StateDir, { log }: Effects): Lock {
  log.warn(`the file system of ${stateDir.path} has no sockets, so nothing keeps two installers apart`);
  return { release: async () => undefined };
}

function waitedTooLong(holder: string, stateDir: StateDir, cause: unknown): Failure {
  return new Failure('node-locked', {
    message: `another installer held ${stateDir.path} until the time was up: ${holder}`,
    cause,
  });
}
