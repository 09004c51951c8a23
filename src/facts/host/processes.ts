// The few processes of the host that networking depends on, as its procfs shows them.

import { readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { textIfReadable } from '../../lib/files/file-facts.ts';
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
    withoutForks(
      readdirSync(procPath)
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => processAt(procPath, pid) ?? []),
    ),
  );
}

interface BornProcess extends HostProcess {
  readonly parent: number;
}

function processAt(procPath: string, pid: string): BornProcess | undefined {
  const stat = textIfReadable(`${procPath}/${pid}/stat`);
  const { name, parent, startTicks } = parseStat(stat);
  if (!knownRuntimes.has(name)) return undefined;
  const args = textIfReadable(`${procPath}/${pid}/cmdline`).split('\0').slice(0, -1);
  return { pid: Number(pid), name, args, startTicks, parent };
}

/** Between fork(2) and execve(2) a child has the name and the words of its parent, and is none of its kind. */
function withoutForks(found: readonly BornProcess[]): HostProcess[] {
  const byPid = new Map(found.map((each) => [each.pid, each]));
  const isFork = ({ name, args, parent }: BornProcess): boolean => {
    const born = byPid.get(parent);
    return born?.name === name && isDeepStrictEqual(born.args, args);
  };
  return found
    .filter((each) => !isFork(each))
    .map(({ pid, name, args, startTicks }) => ({ pid, name, args, startTicks }));
}

interface Stat {
  readonly name: string;
  readonly parent: number;
  readonly startTicks: number;
}

/** proc_pid_stat(5): the name in parentheses may have any character, parentheses too; the parent is field 4, the start field 22. */
function parseStat(stat: string): Stat {
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  if (open < 0 || close < open) return { name: '', parent: 0, startTicks: 0 };
  const behind = stat.slice(close + 2).split(' ');
  return {
    name: stat.slice(open + 1, close),
    parent: Number(behind[1] ?? 0),
    startTicks: Number(behind[19] ?? 0),
  };
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
