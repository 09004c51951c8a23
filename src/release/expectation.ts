// Which archive is expected: by whose word, and whether what came is it. Pure.

import type { DigestAlgorithm, Digests } from '../lib/files/digest.ts';
import { Failure } from '../failure/failure.ts';
import { type AcceptedDigest, acceptedDigests, metAmong } from './accepted-digests.ts';
import type { Arch } from '../lib/architecture.ts';

/** Digests by which the operator recognises the archive; lower-case hex, any one of a list. Empty: none given. */
export interface GivenDigests {
  readonly sha256: readonly string[];
  readonly sha512: readonly string[];
}

/**
 * What the archive must be. "No expectation" does not exist: without a digest there is no archive, unless the operator
 * has said that the release's own sidecar will do.
 */
export type Expectation =
  | { readonly basis: 'given'; readonly digests: GivenDigests }
  | { readonly basis: 'catalog'; readonly digests: readonly AcceptedDigest[] }
  | { readonly basis: 'sidecar' };

/** An expectation that has digests to compare with; a sidecar's once it was read. */
export type KnownExpectation =
  | Exclude<Expectation, { readonly basis: 'sidecar' }>
  | { readonly basis: 'sidecar'; readonly digests: GivenDigests };

export interface Trust {
  readonly given: GivenDigests;
  readonly sidecar: boolean;
}

/**
 * In order: the operator's digests, the catalog's, the release's own sidecar.
 * @throws Failure `digest` when there is none of them.
 */
export function expectationFor(trust: Trust, version: string, arch: Arch): Expectation {
  const { given } = trust;
  if (given.sha256.length > 0 || given.sha512.length > 0) return { basis: 'given', digests: given };
  const known = acceptedDigests(version, arch);
  if (known.length > 0) return { basis: 'catalog', digests: known };
  if (trust.sidecar) return { basis: 'sidecar' };
  throw new Failure('no-digest-known', {
    message: `no digest is known for ${version} on linux/${arch}, so no archive can be recognised as the right one`,
  });
}

/** SHA-256 is always among them: it is the archive's name in the ledger. */
export function algorithmsFor(expectation: Expectation): readonly DigestAlgorithm[] {
  if (expectation.basis === 'given') {
    return expectation.digests.sha512.length > 0 ? ['sha256', 'sha512'] : ['sha256'];
  }
  return expectation.basis === 'catalog' && decisiveAlgorithm(expectation.digests) === 'sha512'
    ? ['sha256', 'sha512']
    : ['sha256'];
}

/** One algorithm decides for the catalog: a current SHA-256 and a superseded SHA-512 must not be mixed into a no. */
function decisiveAlgorithm(digests: readonly AcceptedDigest[]): DigestAlgorithm {
  return digests.some(({ algorithm }) => algorithm === 'sha256') ? 'sha256' : 'sha512';
}

/** Digests that are accepted, by algorithm; every algorithm that is there must agree. */
export function accepted(
  expectation: KnownExpectation,
): Readonly<Partial<Record<DigestAlgorithm, readonly string[]>>> {
  if (expectation.basis === 'catalog') {
    const algorithm = decisiveAlgorithm(expectation.digests);
    const digests = expectation.digests.filter((digest) => digest.algorithm === algorithm);
    return { [algorithm]: digests.map(({ hex }) => hex) };
  }
  const { sha256, sha512 } = expectation.digests;
  return { ...(sha256.length > 0 && { sha256 }), ...(sha512.length > 0 && { sha512 }) };
}

/**
 * Whether an archive with these digests is the expected one. A digest that is missing where one is expected is a no:
 * it was not looked at, so it was not met.
 */
export function meets(expectation: KnownExpectation, digests: Digests): boolean {
  return Object.entries(accepted(expectation)).every(([algorithm, hexes]) =>
    hexes.includes(digests[algorithm === 'sha512' ? 'sha512' : 'sha256'] ?? ''),
  );
}

/** What an operator should know of the digest that was met. */
export function cautionAbout(expectation: Expectation, digests: Digests): string | undefined {
  if (expectation.basis === 'sidecar') {
    return "the archive was checked against the release's own sidecar only: integrity, not authenticity";
  }
  if (expectation.basis === 'given') return undefined;
  const met = metAmong(expectation.digests, digests);
  if (met?.superseded === true) {
    return 'the archive is one that upstream later replaced under the same name';
  }
  return met?.confirmed === false
    ? `the archive's digest is known from one origin only (${met.origins.join(', ')})`
    : undefined;
}
