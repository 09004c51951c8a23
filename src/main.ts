// The process edge: the only file that knows the process. Everything it learns here goes down as a parameter.

import { existsSync, fstatSync, writeFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Environment, readRequest } from './arguments/command-line.ts';
import type { Effects } from './engine/effects.ts';
import { type Result, runVerb } from './verbs/run.ts';
import { type Config, configure } from './arguments/config.ts';
import { deadline } from './lib/deadline.ts';
import { Failure } from './failure/failure.ts';
import { Interruption } from './failure/interruption.ts';
import { createLog, type Log } from './lib/log.ts';
import { pause } from './lib/pause.ts';
import { readElf } from './lib/files/elf.ts';
import { headOf } from './lib/files/elf-file.ts';
import { productName, productVersion } from './lib/product.ts';
import type { Arch } from './release/catalog.ts';
import type { Answer } from './report/answer.ts';
import { failedOutcome } from './report/failed-outcome.ts';
import type { Outcome } from './report/result.ts';
import { explain } from './report/log-outcome.ts';
import { reportOf, terminationMessage } from './report/termination-message.ts';
import { planText } from './report/plan-text.ts';
import { summaryOf } from './report/summary.ts';
import { terminalOn } from './report/terminal.ts';
import { errnoOf } from './lib/errno.ts';

const terminal = terminalOn(writeToStderr);

/** Node's name of an architecture → Go's, by which upstream names its archives. */
const archOf: Readonly<Record<string, Arch>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
  mips64el: 'mips64le',
};

async function main(argv: readonly string[], env: Environment): Promise<number> {
  const interrupted = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => interrupted.abort(new Interruption(name)));
  }
  const arch = archOf[process.arch] ?? 'amd64';
  let config: Config | undefined;
  try {
    const request = await readRequest(argv, env);
    if (request.ask !== 'run') return await answer(request.ask);
    config = configure(request.options, arch);
    const result = await carryOut(config, env, interrupted.signal);
    return 'answer' in result ? give(result.answer, config) : conclude(result.outcome, config, arch);
  } catch (error) {
    const reporting = config ?? whereToReport(argv, env);
    return conclude(failedOutcome(error, reporting.run.dryRun), reporting, arch);
  }
}

async function answer(ask: 'help' | 'version'): Promise<number> {
  const text =
    ask === 'version' ? `${productVersion}\n` : await (await import('./arguments/help.ts')).helpText();
  process.stdout.write(text);
  return 0;
}

async function carryOut(config: Config, env: Environment, interrupted: AbortSignal): Promise<Result> {
  const { timeoutMs } = config.run;
  const time = deadline(timeoutMs, interrupted, () => timeUp(timeoutMs));
  try {
    return await runVerb(config, effectsFor(config, env, time.signal));
  } finally {
    time.cancel();
  }
}

function timeUp(timeoutMs: number): Failure {
  return new Failure('node', {
    code: 'timeout',
    message: `the run was not over after ${timeoutMs} ms`,
    hint: 'give a longer --timeout (CNI_PLUGINS_TIMEOUT), and see in the log what took so long',
  });
}

function effectsFor(config: Config, env: Environment, signal: AbortSignal): Effects {
  return {
    log: logFor(config.run),
    signal,
    now: Date.now,
    random: Math.random,
    sleep: pause,
    proxies: {
      https: env['HTTPS_PROXY'] || env['https_proxy'],
      http: env['HTTP_PROXY'] || env['http_proxy'],
      noProxy: env['NO_PROXY'] || env['no_proxy'],
    },
    userAgent: `${productName}/${productVersion}`,
    holder: `process ${process.pid} in ${hostname()}, since ${new Date().toISOString()}`,
    busybox: findBusybox(env),
    bundledArchives: existsSync(imageArchives) ? imageArchives : undefined,
    ...(isTerminal() && { progress: terminal.progress }),
    inContainer: process.pid === 1 || process.ppid === 0 || Boolean(env['KUBERNETES_SERVICE_HOST']),
  };
}

const stderr = 2;

/**
 * Not through Node's stream, which brings the network along: that was a tenth of a start with nothing to do. Only that
 * one can wait, though, for a full pipe that somebody has made non-blocking. What nobody reads is no reason to fail.
 */
function writeToStderr(text: string): void {
  try {
    writeSync(stderr, text);
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') process.stderr.write(text);
  }
}

/** A person watches. */
function isTerminal(): boolean {
  return fstatSync(stderr).isCharacterDevice() && process.stderr.isTTY;
}

/** Where the bundled variant of our image has its archives. */
const imageArchives = '/usr/share/cni-plugins-installer/archives';

/** The one in our image, or a distribution's; a dynamically linked one can't run in the host's namespace. */
function findBusybox(env: Environment): string | undefined {
  const directories = ['/bin', '/usr/bin', ...(env['PATH'] ?? '').split(':')];
  return directories.map((directory) => `${directory}/busybox`).find(isStaticExecutable);
}

function isStaticExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  const elf = readElf(headOf(path));
  return elf.kind === 'elf' && elf.isStatic;
}

type Reporting = Pick<Config, 'run'>;

function logFor({ logFormat, logLevel }: Reporting['run']): Log {
  return createLog({ format: logFormat, level: logLevel, now: Date.now, write: terminal.writeLine });
}

function give({ text, json, exitStatus }: Answer, { run }: Config): number {
  process.stdout.write(run.output === 'json' ? `${JSON.stringify(json)}\n` : text);
  return exitStatus;
}

/** Tells people, the termination message, and whoever asked for JSON; returns the exit status. */
function conclude(outcome: Outcome, { run }: Reporting, arch: Arch): number {
  const exitStatus = exitStatusOf(outcome, run.strict);
  const log = logFor(run);
  explain(outcome, log);
  const durationMs = Math.round(process.uptime() * 1000);
  const report = reportOf(outcome, { platform: `linux/${arch}`, durationMs });
  writeTerminationMessage(run.terminationLog, terminationMessage(report), log);
  if (run.output === 'json') process.stdout.write(`${JSON.stringify(report)}\n`);
  else if (outcome.dryRun) process.stdout.write(`${summaryOf(outcome)}\n${planText(outcome.plan)}`);
  return exitStatus;
}

function exitStatusOf({ outcome, trouble }: Outcome, strict: boolean): number {
  const failed = outcome === 'failed' || (outcome === 'degraded' && strict);
  return failed ? (trouble?.exitStatus ?? 1) : 0;
}

const runtimesTerminationLog = '/dev/termination-log';

/** The file is a mount: it is written in place. A report that can't be written is a warning, never the outcome. */
function writeTerminationMessage(path: string | undefined, message: string, log: Log): void {
  if (path === undefined && !existsSync(runtimesTerminationLog)) return;
  try {
    writeFileSync(path ?? runtimesTerminationLog, `${message}\n`);
  } catch (error) {
    log.warn(`the report could not be written to ${path ?? runtimesTerminationLog}`, {
      errno: errnoOf(error),
    });
  }
}

/** A command line that can't be read may still say where its report goes, and in what form. */
function whereToReport(argv: readonly string[], env: Environment): Reporting {
  return {
    run: {
      timeoutMs: 0,
      strict: false,
      dryRun: false,
      logFormat:
        roughly('--log-format', argv) === 'json' || env['CNI_PLUGINS_LOG_FORMAT'] === 'json'
          ? 'json'
          : 'text',
      logLevel: 'info',
      output: roughly('--output', argv) === 'json' ? 'json' : 'text',
      terminationLog: roughly('--termination-log', argv) ?? (env['CNI_PLUGINS_TERMINATION_LOG'] || undefined),
    },
  };
}

/** The value of a flag on a command line that as a whole makes no sense. */
function roughly(flag: string, argv: readonly string[]): string | undefined {
  const at = argv.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const value = argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
  return value === '' ? undefined : value;
}

// Directories get exactly the mode they are made with, from their first instant: a chmod afterwards might never come.
process.umask(0o022);
void main(process.argv.slice(2), process.env).then((exitStatus) => process.exit(exitStatus));
