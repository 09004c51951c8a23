// Runs one program to its end, bounded in time and output.

import type { ChildProcess } from 'node:child_process';
import { errnoOf } from './errno.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** What the child is told it was called by; `file` where it is not given. */
  readonly argv0?: string;
  /** What it reads on its standard input; nothing where it is not given. */
  readonly input?: string;
  /** After this the child is sent SIGKILL. */
  readonly timeoutMs: number;
  /** Ends the child early, with SIGKILL. */
  readonly signal?: AbortSignal;
}

/** How a program ended. A closed union: whoever reads it has to say what each end means. */
export type CommandEnd =
  | { readonly how: 'exited'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly how: 'killed'; readonly by: string; readonly stdout: string; readonly stderr: string }
  | { readonly how: 'timed-out'; readonly afterMs: number; readonly stdout: string; readonly stderr: string }
  /** execve(2) itself refused: ENOENT, EACCES, ETXTBSY, … Not ENOEXEC: libc then tries a shell, so look at it first. */
  | { readonly how: 'not-started'; readonly errno: string };

/** What is kept of each output stream; the rest is read and dropped, so that a chatty child can't block or flood us. */
const maxOutputBytes = 64 * 1024;

/** How long a grandchild that inherited our pipe may hold us after the child itself is gone. */
const pipeGraceMs = 500;

/**
 * Runs the program in `/` and waits until it is gone. Never rejects. Node's own part is loaded
 * here: it brings the network along, and a start that has nothing to do runs no program.
 */
export async function runCommand(command: Command): Promise<CommandEnd> {
  const { spawn } = await import('node:child_process');
  const child = spawn(command.file, [...command.args], {
    cwd: '/',
    env: { ...command.env },
    ...(command.argv0 !== undefined && { argv0: command.argv0 }),
    stdio: [command.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // One that ends without having read it all says by its end what it thinks of it.
  child.stdin?.on('error', () => undefined).end(command.input);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let timedOut = false;
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, command.timeoutMs);
  command.signal?.addEventListener('abort', kill, { once: true });
  if (command.signal?.aborted === true) kill();
  try {
    const end = await ended(child);
    if ('errno' in end) return { how: 'not-started', errno: end.errno };
    const output = { stdout: stdout(), stderr: stderr() };
    if (timedOut) return { how: 'timed-out', afterMs: command.timeoutMs, ...output };
    if (end.exitCode === null) return { how: 'killed', by: end.by ?? 'unknown', ...output };
    return { how: 'exited', exitCode: end.exitCode, ...output };
  } finally {
    clearTimeout(timer);
    command.signal?.removeEventListener('abort', kill);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

type RawEnd = { readonly exitCode: number | null; readonly by: string | null } | { readonly errno: string };

function ended(child: ChildProcess): Promise<RawEnd> {
  const { promise, resolve } = Promise.withResolvers<RawEnd>();
  child.once('error', (error) => resolve({ errno: errnoOf(error) ?? 'UNKNOWN' }));
  child.once('close', (exitCode, by) => resolve({ exitCode, by }));
  child.once('exit', (exitCode, by) => {
    // A process that was given no processor meanwhile finds its timers due before it has read what has long been said.
    const afterReading = (): void => void setImmediate(() => resolve({ exitCode, by }));
    setTimeout(afterReading, pipeGraceMs).unref();
  });
  return promise;
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let kept = 0;
  stream?.on('data', (chunk: Buffer) => {
    const wanted = chunk.subarray(0, maxOutputBytes - kept);
    kept += wanted.length;
    if (wanted.length > 0) chunks.push(wanted);
  });
  stream?.on('error', () => undefined);
  return () => Buffer.concat(chunks).toString('utf8');
}
