// Turns the collected material and the hand-kept facts into a catalog.

import { upstreamSidecar } from '../../release/accepted-digests.ts';
import {
  type CatalogFile,
  type DigestRecords,
  type DigestsOfArch,
  listOf,
  type ReleaseRecord,
} from '../../release/catalog-file.ts';
import { sortedList } from './form.ts';
import type { ReleaseFacts } from './release-facts.ts';
import { type Arch, architectures } from '../../lib/architecture.ts';
import { type DigestAlgorithm, digestAlgorithms } from '../../lib/files/digest.ts';

/** What is read of the material: digests that other projects pin, and descriptions of the archives. */
export interface Material {
  readonly versions: Readonly<Record<string, MaterialVersion>>;
  readonly releases: Readonly<Record<string, MaterialRelease>>;
}

/** By architecture. */
type MaterialVersion = Readonly<Record<string, MaterialDigests>>;

export interface DigestSource {
  readonly repo: string;
  readonly path: string;
  readonly commit?: string;
  readonly date?: string;
  readonly algo: string;
  readonly read_from_fork?: string;
}

export interface MaterialDigests {
  readonly sha256?: string;
  readonly sha512?: string;
  readonly sources: readonly DigestSource[];
  readonly independent_groups: Readonly<Partial<Record<DigestAlgorithm, readonly string[]>>>;
  readonly superseded_digests?: readonly SupersededDigest[];
}

interface SupersededDigest {
  readonly algo: DigestAlgorithm;
  readonly digest: string;
  readonly sources: readonly DigestSource[];
}

export interface MaterialRelease {
  readonly tag_commit_date: string;
  readonly libcni: string;
  readonly linux_arches: readonly string[];
  readonly binaries: readonly string[];
  readonly other_files: readonly string[];
  readonly supportedVersions_default: readonly string[];
  readonly supportedVersions_exceptions: Readonly<Record<string, readonly string[]>>;
  readonly tarball_bytes?: Readonly<Record<string, number>>;
  readonly binary_bytes_amd64?: Readonly<Record<string, number>>;
}

/**
 * The catalog that the material and the facts say. What `--release` added to `existing` stays: releases that the
 * material does not know, and the opinions of upstream's sidecars.
 */
export function catalogFrom(material: Material, facts: ReleaseFacts, existing?: CatalogFile): CatalogFile {
  const described = mapValues(material.releases, (release, version) => ({
    ...recordOf(release),
    ...digestsOf(material.versions[version]),
  }));
  return withFacts({ ...existing?.releases, ...keepSidecars(described, existing) }, facts);
}

/** The same releases with today's facts. */
export function withFacts(releases: CatalogFile['releases'], facts: ReleaseFacts): CatalogFile {
  const { notes, refused, ...tables } = facts;
  const strangers = [...Object.keys(notes), ...Object.keys(refused)].filter(
    (version) => !(version in releases),
  );
  if (strangers.length > 0) throw new Error(`facts about unknown releases: ${strangers.join(', ')}`);
  const stated = mapValues(releases, (release, version) => {
    return { ...release, notes: notes[version], refused: refused[version] };
  });
  return { releases: stated, ...tables };
}

/** Adds the opinion of one origin about one digest. */
export function withDigest(
  records: DigestRecords | undefined,
  digest: { readonly arch: Arch; readonly algorithm: DigestAlgorithm; readonly hex: string },
  origin: string,
): DigestRecords {
  const { arch, algorithm, hex } = digest;
  const known = records?.[arch]?.[algorithm] ?? {};
  const origins = sortedList([...listOf(known[hex]), origin]);
  return { ...records, [arch]: { ...records?.[arch], [algorithm]: { ...known, [hex]: origins } } };
}

function recordOf(release: MaterialRelease): ReleaseRecord {
  return {
    commitDate: release.tag_commit_date,
    libcni: release.libcni,
    architectures: sortedList(release.linux_arches),
    plugins: sortedList(release.binaries),
    otherFiles: sortedList(release.other_files) || undefined,
    specVersions: release.supportedVersions_default.join(', '),
    specExceptions: mapValues(release.supportedVersions_exceptions, (list) => list.join(', ')),
    archiveBytes: knownArchesOf(release.tarball_bytes),
    pluginBytes: release.binary_bytes_amd64,
  };
}

/** Drops keys such as `amd64_original_2024_03`: the size of a superseded archive. */
function knownArchesOf(bytes: Readonly<Record<string, number>> = {}): ReleaseRecord['archiveBytes'] {
  const known = Object.entries(bytes).filter(([name]) => architectures.some((arch) => arch === name));
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function digestsOf(
  byArch: MaterialVersion | undefined,
): Pick<ReleaseRecord, 'digests' | 'supersededDigests'> {
  if (byArch === undefined) return {};
  const replaced = Object.values(byArch).some((found) => found.superseded_digests !== undefined);
  return {
    digests: mapValues(byArch, currentDigests),
    supersededDigests: replaced ? mapValues(byArch, supersededDigests) : undefined,
  };
}

function currentDigests(found: MaterialDigests): DigestsOfArch {
  const only = (algorithm: DigestAlgorithm): Record<string, string> | undefined => {
    const hex = found[algorithm];
    return hex === undefined ? undefined : { [hex]: sortedList(found.independent_groups[algorithm] ?? []) };
  };
  return { sha256: only('sha256'), sha512: only('sha512') };
}

function supersededDigests(found: MaterialDigests): DigestsOfArch | undefined {
  const all = found.superseded_digests;
  if (all === undefined) return undefined;
  const those = (algorithm: DigestAlgorithm): Record<string, string> =>
    Object.fromEntries(
      all
        .filter(({ algo }) => algo === algorithm)
        .map(({ digest, sources }) => [digest, sortedList(sources.map(({ repo }) => groupOf(repo)))]),
    );
  return { sha256: those('sha256'), sha512: those('sha512') };
}

/** Repositories that copy from one another count as one; the material collapses its current digests the same way. */
function groupOf(repository: string): string {
  const groups: Readonly<Record<string, string>> = {
    'kubernetes/cloud-provider-gcp': 'kubernetes/kubernetes',
    'kubernetes/release': 'kubernetes/kubernetes',
    'rootless-containers/usernetes': 'containerd/nerdctl',
  };
  return groups[repository] ?? repository;
}

function keepSidecars(
  described: Readonly<Record<string, ReleaseRecord>>,
  existing: CatalogFile | undefined,
): Readonly<Record<string, ReleaseRecord>> {
  return mapValues(described, (release, version) => ({
    ...release,
    digests: plusSidecars(release.digests, existing?.releases[version]?.digests),
  }));
}

function plusSidecars(
  records: DigestRecords | undefined,
  before: DigestRecords | undefined,
): DigestRecords | undefined {
  const seen = architectures.flatMap((arch) =>
    digestAlgorithms.flatMap((algorithm) =>
      Object.entries(before?.[arch]?.[algorithm] ?? {})
        .filter(([, origins]) => listOf(origins).includes(upstreamSidecar))
        .map(([hex]) => ({ arch, algorithm, hex })),
    ),
  );
  return seen.reduce<DigestRecords | undefined>(
    (sum, digest) => withDigest(sum, digest, upstreamSidecar),
    records,
  );
}

function mapValues<Value, Mapped>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value, key: string) => Mapped,
): Record<string, Mapped> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
