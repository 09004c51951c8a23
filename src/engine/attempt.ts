// One attempt to have a set of plugins on a node: what is wished for, where, and what came of it.

import type { Failure } from '../failure/failure.ts';
import type { Finding } from '../failure/finding.ts';
import type { Plan } from '../node/plugins/plan.ts';
import { type Survey, survey } from '../node/plugins/survey.ts';
import { pluginsOf } from '../release/catalog.ts';
import type { OutcomeWord } from '../report/result.ts';
import type { Task } from './context.ts';
import { type Request, wantedNames } from './fulfilment.ts';
import type { PluginSet } from '../node/state/ledger.ts';

export interface PresentSet {
  readonly word: OutcomeWord;
  readonly version: string;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  /** Why the node still has an earlier set, when it is degraded. */
  readonly failure: Failure | undefined;
}

/** A task with what is wished for. */
export interface Attempt extends Task {
  readonly request: Request;
}

/** The names wished for, as far as they are known without the archive. */
export function namesAtHand({ request: { wish } }: Pick<Attempt, 'request'>): readonly string[] {
  return wantedNames(wish, pluginsOf(wish.version) ?? []);
}

/** `all` may have brought names that nobody looked at before. */
export async function surveyOf(set: PluginSet, seen: Survey, { premises }: Attempt): Promise<Survey> {
  const names = Object.keys(set.plugins);
  return names.every((name) => seen.inventory.has(name)) ? seen : survey(premises, names);
}
