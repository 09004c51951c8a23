// How a run behaves whatever the verb: how long it may take, and what it says where.

import type { LogFormat, LogLevel } from '../../lib/log.ts';
import type { OptionReader } from '../option-reader.ts';
import type { ChoiceOf } from '../options.ts';

export type OutputForm = ChoiceOf<'output'>;

export interface RunSettings {
  /** Undefined for a verb that stays until it is stopped. */
  readonly timeoutMs: number | undefined;
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

type Reporting = 'log-format' | 'log-level' | 'output' | 'termination-log';

const usualForms: readonly OutputForm[] = ['text', 'json'];

/** @param forms in which the verb can answer */
export function runOf(
  read: OptionReader<Reporting | 'timeout'>,
  forms: readonly OutputForm[] = usualForms,
): TimedRunSettings {
  return { ...stayingRunOf(read, forms), timeoutMs: read.durationMs('timeout') };
}

export function stayingRunOf(
  read: OptionReader<Reporting>,
  forms: readonly OutputForm[] = usualForms,
): RunSettings {
  const output = read.choice('output');
  if (!forms.includes(output)) {
    throw read.refusal('output', 'is not a form of this verb', `one of ${forms.join(', ')}`);
  }
  return {
    timeoutMs: undefined,
    logFormat: read.choice('log-format'),
    logLevel: read.choice('log-level'),
    output,
    terminationLog: read.path('termination-log'),
  };
}
