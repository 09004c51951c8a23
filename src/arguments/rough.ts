// Where a run reports whose command line can't be read as a whole. Pure.

import type { Environment } from './environment.ts';
import { type ChoiceOf, type NameOf, type OptionName, optionTable, specOf } from './options.ts';
import type { RunSettings } from './parts/run.ts';

/** What is needed to say how a run ended. */
export interface Reporting {
  readonly run: Pick<RunSettings, 'logFormat' | 'logLevel' | 'output' | 'terminationLog'>;
  /** Of the verbs that change something. */
  readonly dryRun?: boolean;
  /** Of the verbs that may end degraded. */
  readonly strict?: boolean;
}

/** Each value as the command line or the environment has it, as far as it makes sense by itself; else the default. */
export function whereToReport(argv: readonly string[], env: Environment): Reporting {
  const text = (name: OptionName): string | undefined => roughly(name, argv, env);
  return {
    run: {
      logFormat: choiceOr('log-format', text('log-format'), 'text'),
      logLevel: choiceOr('log-level', text('log-level'), 'info'),
      output: choiceOr('output', text('output'), 'text'),
      terminationLog: text('termination-log'),
    },
  };
}

function choiceOr<Name extends NameOf<'choice'>>(
  name: Name,
  text: string | undefined,
  otherwise: ChoiceOf<Name>,
): ChoiceOf<Name> {
  const words: readonly ChoiceOf<Name>[] = optionTable[name].choices;
  return words.find((word) => word === text) ?? otherwise;
}

/** The last value of a flag on a command line that as a whole makes no sense, else the environment's. */
function roughly(name: OptionName, argv: readonly string[], env: Environment): string | undefined {
  const flag = `--${name}`;
  const at = argv.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const value = argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
  return value || env[specOf(name).env ?? ''] || undefined;
}
