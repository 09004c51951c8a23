// For how long a process was kept from its work by its machine: it could have gone on, and was given no processor, or its
// disk did not answer.
//
// On a machine that does much else, a repair that is due takes longer than its own work. What the kernel itself counts as
// waiting is no delay of the process; whatever it sleeps, counts and computes is.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By thread, at one moment. */
export type Standing = ReadonlyMap<string, ThreadStanding>;

interface ThreadStanding {
  /** On a run queue without running, since it began: the second number of /proc/PID/schedstat. */
  readonly queuedMs: number;
  /** State D of proc_pid_stat(5): the kernel waits for a disk in its place. */
  readonly isAtDisk: boolean;
}

/** @param directory of the process in a procfs; empty once it has ended */
export function standingOf(directory: string): Standing {
  try {
    const threads = readdirSync(join(directory, 'task'));
    return new Map(threads.map((thread) => [thread, threadStanding(join(directory, 'task', thread))]));
  } catch {
    // It ended, or one of its threads did.
    return new Map();
  }
}

function threadStanding(directory: string): ThreadStanding {
  const [, queuedNs] = readFileSync(join(directory, 'schedstat'), 'utf8').split(' ');
  const [state] = readFileSync(join(directory, 'stat'), 'utf8').split(') ').at(-1) ?? '';
  return { queuedMs: Number(queuedNs) / 1e6, isAtDisk: state === 'D' };
}

export class Hindrance {
  #before: { readonly atMs: number; readonly standing: Standing } | undefined;
  /** In all, of one process after the other. */
  ms = 0;

  /**
   * Of the threads that were there before, what hindered one most: they work for one another, in turn.
   * @param standing of a process whose threads have other names than those of the one before it
   */
  note(atMs: number, standing: Standing): void {
    const passedMs = atMs - (this.#before?.atMs ?? atMs);
    const each = [...standing].map(([thread, { queuedMs, isAtDisk }]) => {
      const before = this.#before?.standing.get(thread);
      if (before === undefined) return 0;
      return isAtDisk && before.isAtDisk ? passedMs : queuedMs - before.queuedMs;
    });
    this.ms += Math.min(passedMs, Math.max(0, ...each));
    this.#before = { atMs, standing };
  }
}
