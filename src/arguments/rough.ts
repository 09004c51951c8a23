// Where a run reports whose command line can't be read as a whole. Pure.

import type { Environment } from './environment.ts';
import { type ChoiceOf, type NameOf, type OptionName, optionTable, specOf } from './options.ts';
import type { RunSettings } from './parts/run.ts';

/** What is needed to say how a run ended. */
export interface Reporting {
  readonly run: Pick<RunSettings, 'strict' | 'logFormat' | 'logLevel' | 'output' | 'terminationLog'>;
  /** Of the verbs that change something. */
  readonly dryRun?: boolean;
}

/** Each value as the command line or the environment has it, as far as it makes sense by itself; else the default. */
export function whereToReport(argv: readonly string[], env: Environment): Reporting {
  const text = (name: OptionName): string | undefined => roughly(name, argv, env);
  return {
    run: {
      strict: false,
      logFormat: choiceOf('log-format', text('log-format')),
      logLevel: choiceOf('log-level', text('log-level')),
      output: choiceOf('output', text('output')),
      terminationLog: text('termination-log'),
    },
  };
}

function choiceOf<Name extends NameOf<'choice'>>(name: Name, text: string | undefined): ChoiceOf<Name> {
  const { choices, default: standard } = optionTable[name];
  const words: readonly ChoiceOf<Name>[] = choices;
  return words.find((word) => word === text) ?? standard;
}

/** The last value of a flag on a command line that as a whole makes no sense, else the environment's. */
function roughly(name: OptionName, argv: readonly string[], env: Environment): string | undefined {
  const flag = `--${name}`;
  const at = argv.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const value = argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
  return value || env[specOf(name).env ?? ''] || undefined;
}
