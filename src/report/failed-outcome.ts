// Whatever was thrown, as an outcome: a failure that was foreseen, an interruption, or a bug. Pure.

import { remedyOf } from '../failure/codes.ts';
import { statusOf } from '../failure/exit-statuses.ts';
import { Failure } from '../failure/failure.ts';
import { Interruption } from '../failure/interruption.ts';
import type { SharingMode } from '../node/mounts/sharing-plan.ts';
import { noPlugins, type Outcome, type Trouble } from './result.ts';

/** What is known of the node although the run failed. */
export interface Known {
  /** The release that stands. */
  readonly version: string | undefined;
  /** Plugins of it that are as they were left. */
  readonly intact: readonly string[];
  /** How mounts were to be shared. */
  readonly sharingMode: SharingMode;
}

export const nothingKnown: Known = { version: undefined, intact: [], sharingMode: 'off' };

export function failedOutcome(
  error: unknown,
  dryRun: boolean,
  { version, intact, sharingMode }: Known = nothingKnown,
): Outcome {
  const trouble = troubleOf(error);
  return {
    outcome: 'failed',
    version,
    plugins: { ...noPlugins, intact, failed: trouble.plugins },
    plan: [],
    findings: [],
    dryRun,
    sharingMode,
    sharing: undefined,
    trouble,
  };
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof Failure) return error;
  if (error instanceof Interruption) return interrupted(error);
  return bug(error);
}

function interrupted({ message, exitStatus }: Interruption): Trouble {
  const code = 'interrupted';
  return { code, exitStatus, message, hint: remedyOf(code), details: [], plugins: [] };
}

/** Not foreseen. The stack is for whoever mends it. */
function bug(error: unknown): Trouble {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : [];
  return {
    code: 'bug',
    exitStatus: statusOf('bug'),
    message: `this is a bug: ${message}`,
    hint: remedyOf('bug'),
    details: stack.map((line) => line.trim()),
    plugins: [],
  };
}
