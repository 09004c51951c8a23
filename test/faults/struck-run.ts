// Runs of the installer in which strace(1) ends it, or lets a call fail, at exactly one system call.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run, TestNode } from '../support/installer.ts';
import { missingForRoot } from '../support/needs.ts';
import { runToItsEnd } from './ended-run.ts';
import { type Call, callsIn, mutatingCalls, type Point, pointsIn, watchedPaths } from './trace.ts';

/** Root, for owners of files, and an strace that may trace and inject; undefined where all is there. */
export function missingForStrikes(): string | undefined {
  const probe = ['-qq', '-o', '/dev/null', '-e', 'inject=chdir:signal=KILL:when=1', 'sh', '-c', 'cd /'];
  const { signal, status } = spawnSync('strace', probe, { stdio: 'ignore' });
  return missingForRoot() ?? (signal === 'SIGKILL' || status === 137 ? undefined : 'strace that may inject');
}

/** What an undisturbed run does to the bin dir. */
export interface Recording {
  readonly points: readonly Point[];
  readonly watched: readonly string[];
}

/**
 * Runs the installer undisturbed and notes its mutating calls. They are all of one thread, else a strike could not be
 * aimed: that is checked here, and that it is the main thread by each strike.
 */
export async function record(node: TestNode, args: readonly string[]): Promise<Recording> {
  const directory = mkdtempSync(join(tmpdir(), 'trace-'));
  try {
    const strace = ['strace', ...everyThread, '-y', '-o', join(directory, 'thread'), '-e', traceFilter];
    const run = await runToItsEnd(node, args, { env: steadyNames, within: strace });
    if (run.exitStatus !== 0) throw new Error(`the undisturbed run failed: ${run.stderr}`);
    return recordingOf(threadsIn(directory, node.binDir));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** One file for each thread and each child. */
function threadsIn(directory: string, root: string): Call[][] {
  return readdirSync(directory).map((file) => callsIn(readFileSync(join(directory, file), 'utf8'), root));
}

function recordingOf(threads: readonly Call[][]): Recording {
  const [changing = [], ...others] = threads.filter((calls) => calls.some(({ mutates }) => mutates));
  if (others.length > 0) throw new Error(`another thread changes the node: ${JSON.stringify(others)}`);
  return { points: pointsIn(changing), watched: watchedPaths(changing) };
}

/** How a node refuses: full, over its quota, failing, read-only, not ours to write. */
export const errnos = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES'] as const;

export type Errno = (typeof errnos)[number];

/** `kill`: SIGKILL on entering the call, which then does not happen. */
export type Blow = 'kill' | Errno;

export interface Strike extends Recording {
  readonly point: Point;
  readonly blow: Blow;
}

/** Runs the installer with one blow. Throws when it did not strike where it was meant to, and only there. */
export async function strike(
  node: TestNode,
  args: readonly string[],
  { point, blow, watched }: Strike,
): Promise<Run> {
  const output = mkdtempSync(join(node.directory, 'trace-'));
  const [threads, injection] = blow === 'kill' ? [mainThread, 'signal=KILL'] : [everyThread, `error=${blow}`];
  const watching = ['strace', ...threads, '-y', '-o', join(output, 'thread'), '-e', traceFilter];
  const striking = ['-e', `inject=${point.name}:${injection}:when=${point.when}`];
  const aiming = point.name === 'bind' ? [] : watched.flatMap((path) => ['-P', join(node.binDir, path)]);
  const run = await runToItsEnd(node, args, {
    env: steadyNames,
    within: [...watching, ...striking, ...aiming],
  });
  const traced = threadsIn(output, node.binDir);
  const struck =
    blow === 'kill' ? traced.map((calls) => calls.at(-1)) : traced.flat().filter(({ injected }) => injected);
  requireHit(struck, point);
  if (blow === 'kill' && run.killedBy !== 'SIGKILL') throw new Error(`it lived on: ${JSON.stringify(run)}`);
  return run;
}

function requireHit(struck: readonly (Call | undefined)[], point: Point): void {
  const [hit, ...others] = struck;
  const isHit = hit?.name === point.name && hit.paths.join() === point.paths.join();
  if (!isHit || others.length > 0)
    throw new Error(`aimed at ${JSON.stringify(point)}, struck ${JSON.stringify(struck)}`);
}

/**
 * Stopped at the calls that are traced alone, which strace has for those only who follow threads and children; it counts
 * for each of them by itself.
 */
const everyThread = ['-ff', '--seccomp-bpf'];

/** Stopped at every call: a signal that strace 6.1 injects where seccomp(2) stops a process is lost. */
const mainThread: readonly string[] = [];

const traceFilter = `trace=${mutatingCalls.join(',')}`;

const steadyNames = { NODE_OPTIONS: `--require=${join(import.meta.dirname, 'steady-names.cjs')}` };
