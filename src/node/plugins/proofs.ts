// Proofs of several plugins, some at once: the one loop in which plugins are run.

import { type Proof, type ProofTerms, prove, type Trial, tryOut } from './proof.ts';

/** Plugins by name, and where each is run. */
export type Candidates = Iterable<readonly [name: string, path: string]>;

/**
 * @throws Failure for the first that does not work; those that have begun are waited for, no further one begins.
 */
export function proveAll(candidates: Candidates, terms: ProofTerms): Promise<readonly Proof[]> {
  return forEachOf(candidates, (name, path) => prove({ ...terms, name, path }));
}

/** What came of running each, by name. */
export async function tryAll(candidates: Candidates, terms: ProofTerms): Promise<ReadonlyMap<string, Trial>> {
  const trials = await forEachOf(candidates, async (name, path): Promise<readonly [string, Trial]> => {
    return [name, await tryOut({ ...terms, name, path })];
  });
  return new Map(trials);
}

const atOnce = 4;

/** What the step gives for each, in the order in which they end. */
async function forEachOf<Result>(
  candidates: Candidates,
  step: (name: string, path: string) => Promise<Result>,
): Promise<Result[]> {
  const waiting = [...candidates];
  const results: Result[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        results.push(await step(...next));
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}
