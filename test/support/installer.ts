// Runs the installer as a container runtime would: a process of its own, told everything by arguments and environment.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bundlePath } from './bundle.ts';
import { pluginNames } from './plugins.ts';
import { faultsInVoice } from './voice.ts';

/** A directory tree that stands for a node, gone at the end of the test. */
export interface TestNode extends Disposable {
  readonly directory: string;
  readonly binDir: string;
  readonly stateDir: string;
  readonly terminationLog: string;
  /** Where a test puts archives. */
  readonly archives: string;
}

export function createNode(): TestNode {
  const directory = mkdtempSync(join(tmpdir(), 'cni-node-'));
  const binDir = join(directory, 'opt/cni/bin');
  const archives = join(directory, 'archives');
  mkdirSync(binDir, { recursive: true });
  mkdirSync(archives);
  return {
    directory,
    binDir,
    stateDir: join(binDir, '.cni-plugins-installer'),
    terminationLog: join(directory, 'termination-log'),
    archives,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The report as docs/report.md has it, as far as tests look at it. */
export interface Report {
  readonly summary: string;
  readonly schema: number;
  readonly outcome: string;
  readonly dryRun?: boolean;
  readonly version: string | null;
  readonly platform: string;
  readonly plugins: Readonly<Record<'placed' | 'intact' | 'kept' | 'failed', readonly string[]>>;
  readonly error?: { code: string; exitStatus: number; message: string; hint?: string };
  readonly warnings?: readonly string[];
  readonly durationMs: number;
}

export interface Run {
  /** Null when a signal killed the process. */
  readonly exitStatus: number | null;
  readonly killedBy: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The termination message, parsed; undefined when none was written. */
  readonly report: Report | undefined;
}

export interface RunSettings {
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the installer as its last arguments, such as `unshare --mount`. */
  readonly within?: readonly string[];
  /** Another bundle than the one under test. */
  readonly bundle?: string;
  /** Nothing is said of the node, nor of the plugins: every default holds. `within` makes the places that they name. */
  readonly bare?: boolean;
}

/** Runs the installer on the node to its end. */
export async function runInstaller(
  node: TestNode,
  args: readonly string[],
  settings: RunSettings = {},
): Promise<Run> {
  return startInstaller(node, args, settings).ended;
}

export interface RunningInstaller {
  readonly process: ChildProcess;
  readonly ended: Promise<Run>;
  /** Resolves when standard error has had the words; rejects when it ends without. */
  readonly says: (words: string) => Promise<void>;
  /** Standard error, from the start until now. */
  readonly said: () => string;
}

/**
 * Starts the installer. Its environment has only what is given, the places of the node, and no sharing of mounts: a
 * test must not change the machine it runs on. A bare run has none of these: `within` keeps the machine from it.
 */
export function startInstaller(
  node: TestNode,
  args: readonly string[],
  { env = {}, within = [], bundle = bundlePath(), bare = false }: RunSettings = {},
): RunningInstaller {
  rmSync(node.terminationLog, { force: true });
  const [file = '', ...words] = [...within, process.execPath, bundle, ...wordsOn(node, args)];
  const child = spawn(file, words, {
    cwd: node.directory,
    env: { PATH: process.env['PATH'], ...(bare ? {} : wishOn(node)), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const says = (wanted: string): Promise<void> => heard(child, wanted);
  return { process: child, ended: endOf(child, node), says, said: () => said };
}

/** A test that says the same to several nodes writes `<bin dir>` for where that of each is. */
export function wordsOn({ binDir }: Pick<TestNode, 'binDir'>, words: readonly string[]): string[] {
  return words.map((word) => word.replace('<bin dir>', binDir));
}

function wishOn(node: TestNode): Readonly<Record<string, string>> {
  return {
    CNI_PLUGINS_BIN_DIR: node.binDir,
    CNI_PLUGINS_TERMINATION_LOG: node.terminationLog,
    CNI_PLUGINS_SHARE_MOUNTS: 'off',
    CNI_PLUGINS: pluginNames.join(','),
  };
}

async function endOf(child: ChildProcess, node: TestNode): Promise<Run> {
  const closed = Promise.withResolvers<Pick<Run, 'exitStatus' | 'killedBy'>>();
  child.once('error', closed.reject);
  child.once('close', (exitStatus, killedBy) => closed.resolve({ exitStatus, killedBy }));
  const [stdout, stderr, end] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    closed.promise,
  ]);
  return { ...end, stdout, stderr, report: readReport(node.terminationLog) };
}

async function heard(child: ChildProcess, words: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes(words)) resolve();
  });
  child.once('close', () => reject(new Error(`it ended without saying "${words}"; it said: ${said}`)));
  return promise;
}

export function readReport(path: string): Report | undefined {
  if (!existsSync(path)) return undefined;
  const content = readFileSync(path, 'utf8');
  return content === '' ? undefined : (JSON.parse(content) as Report);
}

/** How a failed run spoke to its operator. */
export interface Refusal {
  readonly exitStatus: number | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * The one thing that a failed run had to say. Throws unless log and report say the same, once, in the one voice, with a
 * next step and without a stack trace.
 */
export function refusalOf({ exitStatus, report, stderr }: Run): Refusal {
  const error = report?.error;
  if (error?.hint === undefined)
    throw new Error(`the report has no error with a next step; the log: ${stderr}`);
  const { code, message, hint } = error;
  const errorLines = stderr.split('\n').filter((line) => line.startsWith('error: '));
  const faults = [
    report?.outcome !== 'failed' && `the outcome is ${report?.outcome}`,
    error.exitStatus !== exitStatus && `exit status ${exitStatus}, but ${error.exitStatus} in the report`,
    /^\s*(error: +)?at .*:\d+:\d+\)?$/m.test(stderr) && 'there is a stack trace',
    errorLines.filter((line) => line.includes(message)).length !== 1 && 'the message is not there once',
    errorLines.filter((line) => line.includes(hint)).length !== 1 && 'the next step is not there once',
    ...[message, hint].flatMap((said) => faultsInVoice(said).map((fault) => `${fault}: ${said}`)),
  ].filter((fault) => fault !== false);
  if (faults.length > 0) throw new Error(`${faults.join('; ')}. The log: ${stderr}`);
  return { exitStatus, code, message, hint };
}
