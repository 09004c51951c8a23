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
    const strace = ['strace', '-ff', '-y', '-o', join(directory, 'thread'), '-e', traceFilter];
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

/** Runs the installer with one blow. Throws when it did not strike where it was meant to. */
export async function strike(
  node: TestNode,
  args: readonly string[],
  { point, blow, watched }: Strike,
): Promise<Run> {
  const output = join(node.directory, 'trace');
  const injection = blow === 'kill' ? 'signal=KILL' : `error=${blow}`;
  const watching = ['strace', '-y', '-o', output, '-e', traceFilter];
  const striking = ['-e', `inject=${point.name}:${injection}:when=${point.when}`];
  const aiming = point.name === 'bind' ? [] : watched.flatMap((path) => ['-P', join(node.binDir, path)]);
  const run = await runToItsEnd(node, args, {
    env: steadyNames,
    within: [...watching, ...striking, ...aiming],
  });
  const calls = callsIn(readFileSync(output, 'utf8'), node.binDir);
  const struck = blow === 'kill' ? calls.at(-1) : calls.find(({ injected }) => injected);
  requireHit(struck, point);
  if (blow === 'kill' && run.killedBy !== 'SIGKILL') throw new Error(`it lived on: ${JSON.stringify(run)}`);
  return run;
}

function requireHit(struck: Call | undefined, point: Point): void {
  if (struck?.name === point.name && struck.paths.join() === point.paths.join()) return;
  throw new Error(`aimed at ${JSON.stringify(point)}, struck ${JSON.stringify(struck)}`);
}

const traceFilter = `trace=${mutatingCalls.join(',')}`;

const steadyNames = { NODE_OPTIONS: `--require=${join(import.meta.dirname, 'steady-names.cjs')}` };
