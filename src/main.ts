// The process edge: the only file that knows the process. Everything it learns here goes down as a parameter.

import { existsSync, fstatSync, writeSync } from 'node:fs';
import { type Question, readRequest } from './arguments/command-line.ts';
import type { Environment } from './arguments/environment.ts';
import { type Config, configure } from './arguments/config.ts';
import type { RunSettings } from './arguments/parts/run.ts';
import { type Reporting, whereToReport } from './arguments/rough.ts';
import { refuseUnknownVariables, unknownVariables } from './arguments/unknown-variables.ts';
import type { Effects } from './engine/context.ts';
import { Failure } from './failure/failure.ts';
import type { Finding } from './failure/finding.ts';
import { Interruption } from './failure/interruption.ts';
import { type Arch, archFromNode, architectures } from './lib/architecture.ts';
import { deadline } from './lib/time/deadline.ts';
import { errnoOf } from './lib/errno.ts';
import { hostName } from './lib/linux/host-name.ts';
import { createLog, type Log } from './lib/log.ts';
import { pause } from './lib/time/pause.ts';
import { bundledArchivesPath, productName, productVersion } from './lib/product.ts';
import { findBusybox } from './node/mounts/busybox.ts';
import { conclude } from './report/conclude.ts';
import { failedOutcome } from './report/failed-outcome.ts';
import { explainFinding } from './report/log-outcome.ts';
import type { Answer, Outcome, Result } from './report/result.ts';
import { terminalOn } from './report/terminal.ts';
import { runVerb } from './verbs/run.ts';

const terminal = terminalOn(writeToStderr);

async function main(argv: readonly string[], env: Environment): Promise<number> {
  const interrupted = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => interrupted.abort(new Interruption(name)));
  }
  let config: Config | undefined;
  let told: readonly Finding[] = [];
  try {
    const request = await readRequest(argv, env);
    if (request.ask !== 'run') return await answerQuestion(request);
    config = configure(request.options, ownArch());
    told = tell(unknownVariables(env), config.run);
    const result = await runInTime(config, env, interrupted.signal);
    return 'answer' in result ? await give(result.answer, config) : end(result.outcome, config, told);
  } catch (error) {
    const reporting: Reporting = config ?? whereToReport(argv, env);
    const failed = failedOutcome(error, reporting.dryRun === true);
    return end({ ...failed, findings: config === undefined ? unknownVariables(env) : [] }, reporting, told);
  }
}

/** Before the run, for one that stays would tell it too late. */
function tell(warnings: readonly Finding[], run: RunSettings): readonly Finding[] {
  if (run.strict) refuseUnknownVariables(warnings);
  for (const warning of warnings) explainFinding(warning, logFor(run));
  return warnings;
}

/** @throws Failure `usage` on a machine for which upstream has no plugins. */
function ownArch(): Arch {
  const arch = archFromNode(process.arch);
  if (arch !== undefined) return arch;
  throw new Failure('unknown-architecture', {
    message: `this machine is ${process.arch}, for which upstream has no plugins; wanted one of ${architectures.join(', ')}`,
  });
}

async function answerQuestion(question: Question): Promise<number> {
  const text =
    question.ask === 'version'
      ? `${productVersion}\n`
      : await (await import('./arguments/help.ts')).helpText(question.verb);
  await writeToStdout(text);
  return 0;
}

async function runInTime(config: Config, env: Environment, interrupted: AbortSignal): Promise<Result> {
  const { timeoutMs } = config.run;
  if (timeoutMs === undefined) return runVerb(config, effectsFor(config, env, interrupted));
  const time = deadline(timeoutMs, interrupted, () => timeUp(timeoutMs));
  try {
    return await runVerb(config, effectsFor(config, env, time.signal));
  } finally {
    time.cancel();
  }
}

function timeUp(timeoutMs: number): Failure {
  return new Failure('timeout', {
    message: `the run was not over after ${timeoutMs} ms`,
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
    holder: `process ${process.pid} in ${hostName()}, since ${new Date().toISOString()}`,
    busybox: findBusybox(env['PATH'] ?? ''),
    bundledArchives: existsSync(bundledArchivesPath) ? bundledArchivesPath : undefined,
    ...(isTerminal() && { progress: terminal.progress }),
    ownProcess: {
      nodeVersion: process.version,
      residentBytes: () => process.memoryUsage.rss(),
      cpuSeconds: () => secondsOf(process.cpuUsage()),
      startedAtMs: Date.now() - process.uptime() * 1000,
    },
    environment: env,
    scratch: env['TMPDIR'] || '/tmp',
    apiServer: apiServerIn(env),
    serviceAccountDir: '/var/run/secrets/kubernetes.io/serviceaccount',
    inContainer: process.pid === 1 || process.ppid === 0 || Boolean(env['KUBERNETES_SERVICE_HOST']),
  };
}

/** The kubelet puts the address of the Service `kubernetes` into each container. */
function apiServerIn(env: Environment): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  return host ? `https://${host}:${port || '443'}` : undefined;
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
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

function logFor({ logFormat, logLevel }: Pick<RunSettings, 'logFormat' | 'logLevel'>): Log {
  return createLog({ format: logFormat, level: logLevel, now: Date.now, write: terminal.writeLine });
}

async function give({ text, json, exitStatus }: Answer, { run }: Config): Promise<number> {
  await writeToStdout(run.output === 'json' ? `${JSON.stringify(json)}\n` : text);
  return exitStatus;
}

/** Resolves when whoever reads has it all, or has gone: a page of megabytes does not fit into a pipe at once. */
async function writeToStdout(text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.stdout.once('error', () => resolve());
  process.stdout.write(text, () => resolve());
  await promise;
}

function end(outcome: Outcome, { run }: Reporting, told: readonly Finding[]): number {
  return conclude(outcome, {
    ...run,
    platform: `linux/${archFromNode(process.arch) ?? process.arch}`,
    durationMs: Math.round(process.uptime() * 1000),
    log: logFor(run),
    told,
    writeToStdout: (text) => process.stdout.write(text),
  });
}

// Directories get exactly the mode they are made with, from their first instant: a chmod afterwards might never come.
process.umask(0o022);
void main(process.argv.slice(2), process.env).then((exitStatus) => process.exit(exitStatus));
