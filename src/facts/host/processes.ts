// The few processes of the host that networking depends on, as its procfs shows them.

import { readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../../lib/errno.ts';
import type { HostProcess } from '../node-facts.ts';
import { lookAt, type Seen } from '../seen.ts';

/** By the first 15 bytes of their names, which is what the kernel keeps. */
const knownRuntimes: ReadonlySet<string> = new Set([
  'containerd',
  'crio',
  'cri-o',
  'k3s',
  'k3s-server',
  'k3s-agent',
  'rke2',
  'k0s',
  'kubelite',
  'kubelet',
  'dhcp',
  'multus-daemon',
  // Node's name for its main thread, by version.
  'node',
  'MainThread',
]);

/** Arguments are asked of those alone: reading them can wait for a process that hangs in its memory map. */
export function seeProcesses(procPath: string): Seen<readonly HostProcess[]> {
  return lookAt(procPath, () =>
    readdirSync(procPath)
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => processAt(procPath, pid) ?? []),
  );
}

function processAt(procPath: string, pid: string): HostProcess | undefined {
  const stat = textIfThere(`${procPath}/${pid}/stat`);
  const { name, startTicks } = parseStat(stat);
  if (!knownRuntimes.has(name)) return undefined;
  const args = textIfThere(`${procPath}/${pid}/cmdline`).split('\0').slice(0, -1);
  return { pid: Number(pid), name, args, startTicks };
}

/** proc_pid_stat(5): the name in parentheses may have any character, parentheses too; the start is field 22. */
export function parseStat(stat: string): { readonly name: string; readonly startTicks: number } {
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  if (open < 0 || close < open) return { name: '', startTicks: 0 };
  const behind = stat.slice(close + 2).split(' ');
  return { name: stat.slice(open + 1, close), startTicks: Number(behind[19] ?? 0) };
}

/** Empty for a process that has gone, or that may not be looked at. */
function textIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '';
  }
}

/** Our own `watch`, in whatever container. */
export function isWatch({ args }: HostProcess): boolean {
  const program = args.findIndex((word) => /(^|\/)cni-plugins-installer(\.js)?$/.test(word));
  return program >= 0 && args[program + 1] === 'watch';
}

/** The plugin `dhcp`, started as a daemon. */
export function isDhcpDaemon({ name, args }: HostProcess): boolean {
  return name === 'dhcp' && args[1] === 'daemon';
}
