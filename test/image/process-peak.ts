// Watches the memory of the program that a container on a throw-away node runs.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ThrowawayNode } from '../throwaway-node/node.ts';

/** In bytes: the largest figures that were seen, so a lower bound where a process ends between two looks. */
export interface MemoryPeak {
  resident: number;
  anonymous: number;
}

const intervalMs = 25;

/** Does something, and resolves to its result and to the peak of every process of that program meanwhile. */
export async function withPeak<Result>(
  node: ThrowawayNode,
  program: string,
  act: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly peak: MemoryPeak }> {
  const peak: MemoryPeak = { resident: 0, anonymous: 0 };
  const acting = { over: false };
  const watching = watch(join(node.root, 'proc'), program, peak, acting);
  try {
    return { result: await act(), peak };
  } finally {
    acting.over = true;
    await watching;
  }
}

async function watch(
  proc: string,
  program: string,
  peak: MemoryPeak,
  acting: { over: boolean },
): Promise<void> {
  while (!acting.over) {
    for (const pid of readdirSync(proc)) if (/^\d+$/.test(pid)) look(join(proc, pid), program, peak);
    await delay(intervalMs);
  }
}

function look(process: string, program: string, peak: MemoryPeak): void {
  try {
    if (readlinkSync(join(process, 'exe')) !== program) return;
    const status = readFileSync(join(process, 'status'), 'utf8');
    peak.resident = Math.max(peak.resident, field(status, 'VmHWM'));
    peak.anonymous = Math.max(peak.anonymous, field(status, 'RssAnon'));
  } catch {
    // It has ended, or is one of the kernel's own.
  }
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
}
