// The end of a run that acted: told to people, to the termination message, and to whoever asked for JSON.

import { existsSync, writeFileSync } from 'node:fs';
import type { Finding } from '../failure/finding.ts';
import { statusOfRun } from '../failure/exit-statuses.ts';
import { errnoOf } from '../lib/errno.ts';
import type { Log } from '../lib/log.ts';
import { explain } from './log-outcome.ts';
import { planText } from './plan-text.ts';
import type { Outcome } from './result.ts';
import { summaryOf } from './summary.ts';
import { reportOf, terminationMessage } from './termination-message.ts';

export interface Conclusion {
  readonly output: string;
  /** A degraded run fails. */
  readonly strict: boolean;
  /** Undefined: the runtime's own file, where it exists. */
  readonly terminationLog: string | undefined;
  /** `linux/amd64`. */
  readonly platform: string;
  readonly durationMs: number;
  readonly log: Log;
  /** What was told when it was found, before the run: the report has it, too. */
  readonly told: readonly Finding[];
  readonly writeToStdout: (text: string) => void;
}

/** Returns the exit status. */
export function conclude(outcome: Outcome, conclusion: Conclusion): number {
  const { log, output, told, writeToStdout } = conclusion;
  explain(outcome, log);
  const report = reportOf({ ...outcome, findings: [...told, ...outcome.findings] }, conclusion);
  writeTerminationMessage(conclusion.terminationLog, terminationMessage(report), log);
  if (output === 'json') writeToStdout(`${JSON.stringify(report)}\n`);
  else if (outcome.dryRun) writeToStdout(`${summaryOf(outcome)}\n${planText(outcome.plan)}`);
  return statusOfRun(outcome, conclusion.strict);
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
