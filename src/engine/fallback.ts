// What a node falls back on when the wished release could not be obtained.

import { Failure } from '../failure/failure.ts';
import type { Generation } from '../node/state/ledger.ts';
import type { Survey } from '../node/plugins/survey.ts';
import { isTrusted, wantedNames, type SetRequest } from './fulfilment.ts';
import type { StateDir } from '../node/state/state-dir.ts';

export interface Fallback {
  readonly earlier: Generation;
  readonly failure: Failure;
}

/**
 * The release could not be obtained, but the node has an earlier set: kept intact, that is better than a pod without network.
 * Not for an archive of the very release the node says it has: there the operator's digest speaks against the node.
 * Throws the error, or one that says what the earlier set lacks, when there is nothing to fall back on.
 */
export function earlierInstead(error: unknown, seen: Survey, request: SetRequest): Fallback {
  const earlier = (seen.ledger ?? seen.spared[0])?.generation;
  if (!isAboutTheArchive(error) || earlier === undefined || isContradicted(earlier, request)) throw error;
  const wanted = wantedNames(request.wish, earlier.offered);
  const lacks = wanted.filter((name) => earlier.plugins[name] === undefined);
  if (lacks.length > 0) throw lacking(lacks, earlier, error);
  return { earlier, failure: error };
}

function isAboutTheArchive(error: unknown): error is Failure {
  return error instanceof Failure && ['acquisition', 'digest', 'content'].includes(error.kind);
}

function isContradicted(earlier: Generation, { wish, expectation }: SetRequest): boolean {
  return earlier.version === wish.version && !isTrusted(earlier, expectation);
}

function lacking(names: readonly string[], earlier: Generation, cause: Failure): Failure {
  const because = `and the set ${earlier.version} on the node does not have it either`;
  return incomplete(names, because, cause);
}

export function damagedEarlier(names: readonly string[], { version }: Generation, cause: Failure): Failure {
  return incomplete(names, `and the store's copy of the set ${version} on the node is damaged`, cause);
}

function incomplete(names: readonly string[], because: string, cause: Failure): Failure {
  const lack = `${names.join(', ')} could not be obtained, ${because}`;
  return new Failure('set-incomplete', {
    message: `${lack}: ${cause.message}`,
    brief: `${lack}: ${cause.brief ?? cause.message}`,
    hint: cause.hint,
    plugins: names,
    cause,
  });
}

/** What was written a moment ago is read back otherwise. */
export function unreadable(names: readonly string[], { storePath }: StateDir): Failure {
  return new Failure('node-io-error', {
    message: `${names.join(', ')} can't be read back from ${storePath} as it was written there a moment ago`,
    plugins: names,
  });
}
