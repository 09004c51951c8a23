// How a run behaves whatever the verb: how long it may take, and what it says where.

import type { LogFormat, LogLevel } from '../../lib/log.ts';
import type { OptionReader } from '../option-reader.ts';
import type { ChoiceOf } from '../options.ts';

export interface RunSettings {
  readonly timeoutMs: number;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  readonly output: ChoiceOf<'output'>;
  /** Undefined: the runtime's own file, where it exists. */
  readonly terminationLog: string | undefined;
}

export function runOf(
  read: OptionReader<'timeout' | 'log-format' | 'log-level' | 'output' | 'termination-log'>,
): RunSettings {
  return {
    timeoutMs: read.durationMs('timeout'),
    logFormat: read.choice('log-format'),
    logLevel: read.choice('log-level'),
    output: read.choice('output'),
    terminationLog: read.path('termination-log'),
  };
}
