// The API server by way of kubectl, so that every way of logging in works: kubectl as a child that listens on a socket of ours.
//
// One child for all questions: five thousand watches by a kubectl each would take minutes of a processor. The socket is in a
// directory that only we may enter; a port would let everybody on this machine in.

import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KubectlChoice } from '../arguments/configure/fleet.ts';
import { Failure } from '../failure/failure.ts';
import { runCommand } from '../lib/command.ts';
import { errnoOf } from '../lib/errno.ts';
import { printable } from '../lib/text/printable.ts';
import type { AskedServer } from './asked-server.ts';
import { socketClient } from './socket-client.ts';

export interface KubectlTerms extends KubectlChoice {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a directory may be made for a moment. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** @throws Failure `acquisition` where there is no kubectl, or it does not get as far as listening */
export async function apiServerByKubectl(terms: KubectlTerms): Promise<AskedServer> {
  const directory = mkdtempSync(join(terms.scratch, 'cni-plugins-fleet-'));
  const socket = join(directory, 'kubectl');
  try {
    const child = await startProxy(socket, terms);
    return {
      name: await contextOf(terms),
      get: socketClient(socket),
      [Symbol.asyncDispose]: async () => {
        await endProxy(child);
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

function configured({ context, kubeconfig }: KubectlChoice): string[] {
  return [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(context === undefined ? [] : ['--context', context]),
  ];
}

function inherited({ environment }: KubectlTerms): Record<string, string> {
  const set = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return Object.fromEntries(set) as Record<string, string>;
}

/** Resolves when it listens. */
async function startProxy(socket: string, terms: KubectlTerms): Promise<ChildProcess> {
  const { spawn } = await import('node:child_process');
  // Whoever logs in by a browser or a code is asked on the terminal.
  const child = spawn('kubectl', [...configured(terms), 'proxy', `--unix-socket=${socket}`], {
    env: inherited(terms),
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said = `${said}${piece.toString()}`.slice(-2000)));
  child.stdout.on('data', (piece: Buffer) => /Starting to serve/.test(piece.toString()) && resolve());
  child.once('error', (error) => reject(kubectlNotStarted(error)));
  child.once('exit', () => reject(notServing(said)));
  const stop = (): void => {
    child.kill('SIGKILL');
    reject(terms.signal.reason as Error);
  };
  terms.signal.addEventListener('abort', stop, { once: true });
  await promise;
  return child;
}

function kubectlNotStarted(error: Error): Failure {
  const isAbsent = errnoOf(error) === 'ENOENT';
  return new Failure('cluster-not-asked', {
    message: isAbsent
      ? 'there is no kubectl here to ask the cluster with'
      : `kubectl could not be started: ${error.message}`,
    hint: 'install kubectl, or give what it writes elsewhere with --from',
    cause: error,
  });
}

function notServing(said: string): Failure {
  const last = said.trim().split('\n').at(-1) ?? '';
  return new Failure('cluster-not-asked', {
    message: `kubectl ended before it could be asked: ${printable(last) || 'without a word'}`,
  });
}

async function endProxy(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill('SIGTERM');
  await promise;
}

/** The context's name; empty where kubectl has none, as in a pod. */
async function contextOf(terms: KubectlTerms): Promise<string> {
  if (terms.context !== undefined) return terms.context;
  const end = await runCommand({
    file: 'kubectl',
    args: [...configured(terms), 'config', 'current-context'],
    env: inherited(terms),
    timeoutMs: 10_000,
    signal: terms.signal,
  });
  return end.how === 'exited' && end.exitCode === 0 ? end.stdout.trim() : '';
}
