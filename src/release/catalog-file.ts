// catalog.json as it is written, and the look-ups that everything else is made of.

import type { Arch } from '../lib/architecture.ts';
import type { DigestAlgorithm } from '../lib/files/digest.ts';
import file from './catalog.json' with { type: 'json' };
import { parseVersion } from './version.ts';

/**
 * catalog.json as it is written. Lists of names are comma-separated text, so that a digest or a set of plugins is one
 * line of a diff. `src/dev/catalog/import-releases.ts` writes it and checks what the types here can't say.
 */
export interface CatalogFile {
  readonly releases: Readonly<Record<string, ReleaseRecord>>;
  readonly advisories: Readonly<Record<string, AdvisoryRecord>>;
  readonly kubernetes: Readonly<Record<string, PinRecord>>;
  readonly runtimes: Readonly<Record<RuntimeName, Readonly<Record<string, RuntimeRecord>>>>;
}

export interface ReleaseRecord {
  readonly commitDate?: string | undefined;
  readonly libcni?: string | undefined;
  readonly architectures: string;
  readonly plugins: string;
  readonly otherFiles?: string | undefined;
  readonly specVersions: string;
  readonly specExceptions?: Readonly<Record<string, string>> | undefined;
  readonly contentsAssumedFrom?: string | undefined;
  readonly archiveBytes?: Readonly<Partial<Record<Arch, number>>> | undefined;
  readonly pluginBytes?: Readonly<Record<string, number>> | undefined;
  readonly notes?: readonly string[] | undefined;
  readonly refused?: Refusal | undefined;
  readonly digests?: DigestRecords | undefined;
  readonly supersededDigests?: DigestRecords | undefined;
}

/** Architecture → algorithm → hex → origins. */
export type DigestRecords = Readonly<Partial<Record<Arch, DigestsOfArch | undefined>>>;
export type DigestsOfArch = Readonly<
  Partial<Record<DigestAlgorithm, Readonly<Record<string, string>> | undefined>>
>;

export interface Refusal {
  readonly reason: string;
  /** The version to use instead; it is in the catalog and not refused itself. */
  readonly take: string;
}

/** An advisory by its id. */
export interface AdvisoryRecord {
  /** First affected and first repaired release. */
  readonly from: string;
  readonly fixedIn: string;
  readonly summary: string;
  readonly url: string;
}

/** What Kubernetes tests a minor with. */
export interface PinRecord {
  readonly version: string;
  /** Where that is written. `k/k` is kubernetes/kubernetes. */
  readonly evidence: string;
}

export type RuntimeName = 'containerd' | 'cri-o';

export interface RuntimeRecord {
  readonly libcni: string;
  readonly specVersion: string;
  readonly testedWith?: string;
  readonly note?: string;
  /** The first release whose `loopback` it can work with, where it can't with any. */
  readonly loopbackFrom?: string;
  readonly evidence: string;
}

export const catalog: CatalogFile = file;

/** By `v1.9.1` or `1.9.1`; undefined for a version that is not in the catalog. */
export function recordOf(version: string): ReleaseRecord | undefined {
  const name = parseVersion(version);
  return name === undefined ? undefined : ownValue(catalog.releases, name);
}

/** The elements of a comma-separated list of catalog.json. */
export function listOf(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(', ');
}

/** Keeps names such as `constructor` from finding what every object inherits. */
export function ownValue<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
