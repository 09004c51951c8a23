// Runs a program of our own file system in the mount namespace of the host: with the host's loader and libraries.

import { realpathSync } from 'node:fs';
import { type CommandEnd, runCommand } from '../../lib/command.ts';
import { findMountNamespaces } from './mount-namespaces.ts';

export interface HostView {
  readonly hostProc: string;
  /** A static busybox in our own root directory, with the applets nsenter and true. */
  readonly busybox: string | undefined;
}

export interface HostProgram {
  /** As this process sees it. */
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  /** In the network namespace of the host, too. */
  readonly inNetwork?: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** `elsewhere`: the host could not be entered, so nothing is known of how the program ends there. */
export type HostEnd =
  | { readonly where: 'host'; readonly end: CommandEnd }
  | { readonly where: 'elsewhere'; readonly because: string };

/**
 * Runs it where the container runtime would: execve(2) takes the file through our magic link in the host's procfs, and the
 * loader that the file names from the root of the namespace. Writes nothing anywhere.
 */
export async function runInHost({ hostProc, busybox }: HostView, program: HostProgram): Promise<HostEnd> {
  const surroundings = findMountNamespaces(hostProc);
  if (!surroundings.visible) return { where: 'elsewhere', because: `${hostProc}: ${surroundings.reason}` };
  const { ownPid, namespaces } = surroundings;
  const [namespace] = namespaces;
  if (namespace === undefined) return { where: 'elsewhere', because: `${hostProc} shows no runtime` };
  if (namespace.pid === ownPid) return { where: 'host', end: await runFile(program, program.path, []) };
  if (busybox === undefined) return { where: 'elsewhere', because: 'there is no static busybox' };
  const namespacesOf = `${hostProc}/${namespace.pid}/ns`;
  const network = program.inNetwork === true ? [`--net=${namespacesOf}/net`] : [];
  const enter = ['nsenter', `--mount=${namespacesOf}/mnt`, ...network, '--'];
  const seenThere = (path: string): string => `/proc/${ownPid}/root${realpathSync(path)}`;
  const end = await runFile(program, busybox, [...enter, seenThere(program.path)]);
  if (end.how === 'exited' && end.exitCode === 0) return { where: 'host', end };
  const trial = await runFile(program, busybox, [...enter, seenThere(busybox), 'true']);
  const entered = trial.how === 'exited' && trial.exitCode === 0;
  return entered ? { where: 'host', end } : { where: 'elsewhere', because: lastWordsOf(trial) };
}

function runFile(
  { env, input, timeoutMs, signal }: HostProgram,
  file: string,
  args: readonly string[],
): Promise<CommandEnd> {
  return runCommand({ file, args, env, timeoutMs, signal, ...(input !== undefined && { input }) });
}

function lastWordsOf(end: CommandEnd): string {
  if (end.how === 'not-started') return end.errno;
  return end.stderr.trim().replaceAll(/\s+/g, ' ').slice(0, 200) || end.how;
}
