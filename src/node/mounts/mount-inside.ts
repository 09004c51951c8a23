// Runs mount(8) in the mount namespace of a process of the host, by our own static busybox.

import { closeSync, openSync, realpathSync } from 'node:fs';
import { type CommandEnd, runCommand } from '../../lib/command.ts';
import type { NamespaceName } from './mount-namespaces.ts';
import type { Obstacle } from './sharing-obstacles.ts';
import type { MountArguments } from './sharing-plan.ts';
import { errnoOf } from '../../lib/errno.ts';

export interface NamespaceEntry {
  readonly of: NamespaceName;
  /** A process that lives in the namespace, by its number in the host's procfs. */
  readonly pid: number;
  readonly hostProc: string;
  /** This process, by its number in the host's procfs. */
  readonly ownPid: number;
  /** A static busybox in our own root directory, with the applets nsenter, mount and true. */
  readonly busybox: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Makes the calls in order, up to the first that does not succeed, and says why that one did not.
 *
 * Undefined means that every call ended with status 0. That is no proof: what came of it has to be read.
 *
 * @throws the signal's reason, once it is aborted
 */
export async function mountInside(
  calls: readonly MountArguments[],
  entry: NamespaceEntry,
): Promise<Obstacle | undefined> {
  const busybox = realPathOf(entry.busybox);
  if (busybox === undefined) return { why: 'busybox-absent', busybox: entry.busybox };
  // nsenter's exit status 1 is also that of the program it starts, so this case is told apart beforehand.
  const refusal = openingRefusal(`${entry.hostProc}/${entry.pid}/ns/mnt`);
  if (refusal !== undefined) return { why: 'namespace-not-enterable', of: entry.of, said: refusal };
  for (const call of calls) {
    entry.signal.throwIfAborted();
    const end = await runInside(entry, busybox, ['mount', ...call]);
    entry.signal.throwIfAborted();
    if (!succeeded(end)) return explainRefusal(end, call, entry, busybox);
  }
  return undefined;
}

/** An absolute link on the way to it would start at the host's root directory, so there must be none left. */
function realPathOf(busybox: string | undefined): string | undefined {
  try {
    return busybox === undefined ? undefined : realpathSync(busybox);
  } catch {
    return undefined;
  }
}

function openingRefusal(file: string): string | undefined {
  try {
    closeSync(openSync(file, 'r'));
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return `opening ${file} failed with ${errno}`;
  }
}

/** A mount that only changes flags takes microseconds; the rest is a slow node. */
const callTimeoutMs = 10_000;

/**
 * Runs our own busybox inside the namespace. The magic link in the host's procfs leads to it from there, so nothing is
 * written to the host, and the host needs neither shell nor mount(8).
 */
function runInside(
  { hostProc, pid, ownPid, signal }: NamespaceEntry,
  busybox: string,
  applet: readonly string[],
): Promise<CommandEnd> {
  return runCommand({
    file: busybox,
    args: ['nsenter', `--mount=${hostProc}/${pid}/ns/mnt`, '--', `/proc/${ownPid}/root${busybox}`, ...applet],
    env: {},
    timeoutMs: callTimeoutMs,
    signal,
  });
}

function succeeded(end: CommandEnd): boolean {
  return end.how === 'exited' && end.exitCode === 0;
}

/** Why a call did not succeed. What the exit status leaves open, a harmless second call answers. */
async function explainRefusal(
  end: CommandEnd,
  mountArguments: MountArguments,
  entry: NamespaceEntry,
  busybox: string,
): Promise<Obstacle> {
  const { of } = entry;
  const call = ['mount', ...mountArguments].join(' ');
  if (end.how === 'not-started') return { why: 'busybox-not-startable', busybox, said: end.errno };
  const said = lastWords(end);
  if (end.how !== 'exited') return { why: 'mount-unfinished', of, call, said };
  if (commandNotStarted(end.exitCode)) return { why: 'busybox-not-startable', busybox, said };
  const entered = succeeded(await runInside(entry, busybox, ['true']));
  return entered ? { why: 'mount-refused', of, call, said } : { why: 'namespace-not-enterable', of, said };
}

/** nsenter could enter, but not start the program: 126 could not be executed, 127 was not found. */
function commandNotStarted(exitCode: number): boolean {
  return exitCode === 126 || exitCode === 127;
}

function lastWords(end: Exclude<CommandEnd, { how: 'not-started' }>): string {
  const said = end.stderr.trim().replaceAll(/\s+/g, ' ').slice(0, 300);
  if (end.how === 'timed-out') return `it was still running after ${end.afterMs} ms`;
  if (end.how === 'killed') return `it was killed by ${end.by}`;
  return said === '' ? `exit status ${end.exitCode}` : `${said} (exit status ${end.exitCode})`;
}
