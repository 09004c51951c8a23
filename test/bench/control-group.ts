// A cgroup with the limits of the documented manifest, of version 1 or 2, for runs that have to live within them.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingForRoot } from '../support/needs.ts';

const hierarchies = '/sys/fs/cgroup';
const periodUs = 100_000;

export interface Limits {
  readonly cpuShare: number;
  readonly memoryBytes: number;
}

export interface ControlGroup extends Disposable {
  /** The command's words, run within the group. */
  readonly within: (words: readonly string[]) => string[];
  /** Processes that the kernel has killed there for want of memory. */
  readonly oomKills: () => number;
}

/** Why there can be none; undefined where there can. */
export function missingForControlGroups(): string | undefined {
  const root = missingForRoot();
  if (root !== undefined) return root;
  try {
    createControlGroup({ cpuShare: 1, memoryBytes: 2 ** 30 })[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return `cgroups that can be made below ${hierarchies} (${String(error)})`;
  }
}

export function createControlGroup(limits: Limits): ControlGroup {
  const name = `cni-plugins-installer-bench-${process.pid}`;
  const directories = isUnified() ? createUnified(name, limits) : createSeparate(name, limits);
  const memory = directories.at(-1) ?? '';
  const entering = directories.map((directory) => `echo $$ >${directory}/cgroup.procs`).join('; ');
  return {
    within: (words) => ['sh', '-ec', `${entering}; exec "$@"`, 'sh', ...words],
    oomKills: () => Number(/^oom_kill (\d+)$/m.exec(eventsIn(memory))?.[1]),
    [Symbol.dispose]: () => directories.forEach(remove),
  };
}

function isUnified(): boolean {
  return existsSync(join(hierarchies, 'cgroup.controllers'));
}

/** cgroup-v2.rst: a controller has to be handed down before a child has its files. */
function createUnified(name: string, { cpuShare, memoryBytes }: Limits): string[] {
  writeFileSync(join(hierarchies, 'cgroup.subtree_control'), '+cpu +memory');
  const directory = made(join(hierarchies, name));
  writeFileSync(join(directory, 'cpu.max'), `${cpuShare * periodUs} ${periodUs}`);
  writeFileSync(join(directory, 'memory.max'), String(memoryBytes));
  return [directory];
}

function createSeparate(name: string, { cpuShare, memoryBytes }: Limits): string[] {
  const cpu = made(join(hierarchies, 'cpu', name));
  const memory = made(join(hierarchies, 'memory', name));
  writeFileSync(join(cpu, 'cpu.cfs_period_us'), String(periodUs));
  writeFileSync(join(cpu, 'cpu.cfs_quota_us'), String(cpuShare * periodUs));
  writeFileSync(join(memory, 'memory.limit_in_bytes'), String(memoryBytes));
  return [cpu, memory];
}

function made(directory: string): string {
  mkdirSync(directory, { recursive: true });
  return directory;
}

function eventsIn(memory: string): string {
  const file = ['memory.events', 'memory.oom_control'].find((name) => existsSync(join(memory, name)));
  return readFileSync(join(memory, file ?? ''), 'utf8');
}

/** The kernel takes a moment to let go of a group whose last process has just ended. */
function remove(directory: string): void {
  for (let attempt = 0; existsSync(directory); attempt += 1) {
    try {
      return rmdirSync(directory);
    } catch (error) {
      if (attempt === 50) throw error;
      execFileSync('sleep', ['0.05']);
    }
  }
}
