// How a run behaves whatever the verb: how long it may take, and what it says where.

import type { LogFormat, LogLevel } from '../../lib/log.ts';
import type { OptionReader } from '../option-reader.ts';
import type { ChoiceOf } from '../options.ts';

export type OutputForm = ChoiceOf<'output'>;

export interface RunSettings {
  /** Undefined for a verb that stays until it is stopped. */
  readonly timeoutMs: number | undefined;
  /** What would be a warning or a degraded run is a failure. */
  readonly strict: boolean;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  readonly output: OutputForm;
  /** Undefined: the runtime's own file, where it exists. */
  readonly terminationLog: string | undefined;
}

/** Of a verb that ends by itself. */
export interface TimedRunSettings extends RunSettings {
  readonly timeoutMs: number;
}

type ReportingOption = 'strict' | 'log-format' | 'log-level' | 'output' | 'termination-log';

export function runOf(read: OptionReader<ReportingOption | 'timeout'>): TimedRunSettings {
  return { ...stayingRunOf(read), timeoutMs: read.durationMs('timeout') };
}

export function stayingRunOf(read: OptionReader<ReportingOption>): RunSettings {
  return {
    timeoutMs: undefined,
    strict: read.boolean('strict'),
    logFormat: read.choice('log-format'),
    logLevel: read.choice('log-level'),
    output: read.choice('output'),
    terminationLog: read.path('termination-log'),
  };
}
