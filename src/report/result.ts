// What a verb has come to, or what it answers: facts only, for whoever reports them.

import type { TroubleCode } from '../failure/codes.ts';
import type { Finding } from '../failure/finding.ts';
import type { Sharing } from '../node/mounts/mounts.ts';
import type { SharingMode } from '../node/mounts/sharing-plan.ts';
import type { Plan } from '../node/plugins/plan.ts';

export type OutcomeWord =
  | 'installed'
  | 'unchanged'
  | 'repaired'
  | 'degraded'
  | 'rolled-back'
  | 'uninstalled'
  | 'failed';

export interface PluginsByFate {
  readonly placed: readonly string[];
  readonly intact: readonly string[];
  /** Left to others, by policy. */
  readonly kept: readonly string[];
  readonly failed: readonly string[];
  /** Other programs of the bin dir, as many as are worth naming; absent where there are none, or nobody looked. */
  readonly present?: readonly string[];
}

export interface Outcome {
  readonly outcome: OutcomeWord;
  /** The release that the node has now; undefined when it has none of ours. */
  readonly version: string | undefined;
  readonly plugins: PluginsByFate;
  readonly findings: readonly Finding[];
  /** What was decided; for `--dry-run`, what would be done. */
  readonly plan: Plan;
  readonly dryRun: boolean;
  /** How mounts are to be shared; also where it did not come to that. */
  readonly sharingMode: SharingMode;
  readonly sharing: Sharing | undefined;
  /** Why it is degraded or failed. */
  readonly trouble: Trouble | undefined;
}

/** What a `Failure` tells; an interruption and a bug tell the same. */
export interface Trouble {
  readonly code: TroubleCode;
  readonly exitStatus: number;
  readonly message: string;
  /** The message without lists and figures; undefined where it has none. */
  readonly brief?: string | undefined;
  readonly hint: string | undefined;
  readonly details: readonly string[];
  readonly plugins: readonly string[];
}

export const noPlugins: PluginsByFate = { placed: [], intact: [], kept: [], failed: [] };

/** Sorts a plan's names by what becomes of them; one that refuses a name was not carried out and has no fates. */
export function fatesOf(plan: Plan): PluginsByFate {
  const named = (...verbs: readonly string[]): string[] =>
    plan
      .filter((action) => verbs.includes(action.do === 'leave' ? action.as : action.do))
      .map(({ name }) => name);
  return {
    placed: named('place'),
    intact: named('intact', 'adopt'),
    kept: named('keep', 'kept'),
    failed: [],
  };
}

/** The result of a verb that answers a question and changes nothing. */
export interface Answer {
  readonly text: string;
  readonly json: object;
  readonly exitStatus: number;
}

/** A verb that acts has an outcome; one that is asked has an answer. */
export type Result = { readonly outcome: Outcome } | { readonly answer: Answer };
