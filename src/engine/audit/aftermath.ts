// A run that failed, with what is known of the node all the same: which release stands, and what of it is intact.

import type { Config } from '../../arguments/config.ts';
import { failedOutcome, type Known, nothingKnown } from '../../report/failed-outcome.ts';
import { survey } from '../../node/plugins/survey.ts';
import { fatesOf, type Outcome } from '../../report/result.ts';
import { type Effects, taskFor } from '../context.ts';
import { roughPlanFor, wantedOf } from '../plan-set.ts';
import { intendedMode } from '../share-for-pod.ts';

export async function failedOn(config: Config, error: unknown, effects: Effects): Promise<Outcome> {
  const dryRun = 'dryRun' in config && config.dryRun;
  const sharingMode = 'sharing' in config ? intendedMode(config.sharing, effects) : 'off';
  return failedOutcome(error, dryRun, { ...(await whatStands(config, effects)), sharingMode });
}

/** Nothing, where looking fails too: the error that brought us here is the one to tell. */
async function whatStands(config: Config, effects: Effects): Promise<Omit<Known, 'sharingMode'>> {
  if (!('node' in config)) return nothingKnown;
  const { premises, rules } = taskFor(config, effects);
  try {
    const seen = await survey(premises, []);
    const generation = seen.ledger?.generation;
    if (generation === undefined) return nothingKnown;
    // As it is: nothing is run any more, for the time may be up.
    const { intact } = fatesOf(roughPlanFor(seen, wantedOf(generation), rules));
    return intact.length === 0 ? nothingKnown : { version: generation.version, intact };
  } catch {
    return nothingKnown;
  }
}
