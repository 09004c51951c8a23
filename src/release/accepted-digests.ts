// Which digests the catalog knows for an archive, and by whose word.

import type { Arch } from '../lib/architecture.ts';
import { type DigestAlgorithm, digestAlgorithms, type Digests } from '../lib/files/digest.ts';
import { pluginsOf } from './catalog.ts';
import { type DigestsOfArch, listOf, recordOf } from './catalog-file.ts';

/**
 * The origin of a digest that was read from the release itself. It travels with the archive, so it proves a whole
 * download and nothing more, and never counts towards `confirmed`.
 */
export const upstreamSidecar = "upstream's sidecar";

/** A digest that the archive of one version and architecture may have. */
export interface AcceptedDigest {
  readonly algorithm: DigestAlgorithm;
  /** Lower case. */
  readonly hex: string;
  /** Groups of projects that pin this digest, copies of one another counted once. */
  readonly origins: readonly string[];
  /** Two or more independent groups say the same. */
  readonly confirmed: boolean;
  /** Upstream replaced this artefact under the same name; mirrors may still serve it (plugins#1038, plugins#1194). */
  readonly superseded: boolean;
}

/**
 * All digests that the archive may have: current ones before superseded ones, SHA-256 before SHA-512. Each is enough by
 * itself. Empty means that none is known, also for an unknown version; it never means that any archive will do.
 */
export function acceptedDigests(version: string, arch: Arch): readonly AcceptedDigest[] {
  const record = recordOf(version);
  return [
    ...knownDigests(record?.digests?.[arch], false),
    ...knownDigests(record?.supersededDigests?.[arch], true),
  ];
}

/** The one that an archive with these digests has; undefined when it has none of them. */
export function metAmong(accepted: readonly AcceptedDigest[], digests: Digests): AcceptedDigest | undefined {
  return accepted.find(({ algorithm, hex }) => digests[algorithm] === hex);
}

/**
 * Plugins in an archive, sorted, by its digests: undefined unless it is upstream's current one of this version and
 * architecture, whose contents somebody has described.
 */
export function contentsOf(version: string, arch: Arch, digests: Digests): readonly string[] | undefined {
  const described = recordOf(version)?.contentsAssumedFrom === undefined;
  const isCurrent = metAmong(acceptedDigests(version, arch), digests)?.superseded === false;
  return described && isCurrent ? pluginsOf(version) : undefined;
}

function knownDigests(digests: DigestsOfArch | undefined, superseded: boolean): AcceptedDigest[] {
  return digestAlgorithms.flatMap((algorithm) =>
    Object.entries(digests?.[algorithm] ?? {}).map(([hex, text]) => {
      const origins = listOf(text);
      return { algorithm, hex, origins, confirmed: independentOrigins({ origins }) >= 2, superseded };
    }),
  );
}

/** How many say so beside the release itself. */
export function independentOrigins({ origins }: Pick<AcceptedDigest, 'origins'>): number {
  return origins.filter((origin) => origin !== upstreamSidecar).length;
}
