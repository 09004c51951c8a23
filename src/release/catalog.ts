// What is known about upstream's releases: the typed, pure face over catalog.json.

import { type Arch, architectures } from '../lib/architecture.ts';
import { type AdvisoryRecord, catalog, listOf, recordOf, type Refusal } from './catalog-file.ts';
import { kubernetesPins } from './compatibility.ts';
import { compareVersions, parseVersion } from './version.ts';

export interface Advisory extends AdvisoryRecord {
  readonly id: string;
}

export interface CatalogRelease {
  readonly version: string;
  /** Day of the commit that the tag points at; the release itself followed within weeks. */
  readonly commitDate: string | undefined;
  /** Version of the CNI library that the plugins were built with. */
  readonly libcni: string | undefined;
  /** What upstream published an archive for, whether a digest is known or not. */
  readonly architectures: readonly Arch[];
  /** Plugins in the archive, sorted. */
  readonly plugins: readonly string[];
  /** Members of the archive that are no plugins. */
  readonly otherFiles: readonly string[];
  /** CNI spec versions that every plugin but those in `specExceptions` speaks, oldest first. */
  readonly specVersions: readonly string[];
  readonly specExceptions: Readonly<Record<string, readonly string[]>>;
  /** The release whose contents were taken over, where nobody has described this one yet. */
  readonly contentsAssumedFrom: string | undefined;
  /** Bytes of the archive, where known. */
  readonly archiveBytes: Readonly<Partial<Record<Arch, number>>>;
  /** Bytes of each plugin on amd64, where known. */
  readonly pluginBytes: Readonly<Record<string, number>>;
  /** What an operator should know before taking it. */
  readonly notes: readonly string[];
  /** Kubernetes minors whose own tests pin this release. */
  readonly kubernetes: readonly string[];
  readonly refusal: Refusal | undefined;
}

/** Every version in the catalog, oldest first, the refused ones among them. */
export function knownVersions(): readonly string[] {
  return Object.keys(catalog.releases).sort(compareVersions);
}

/** The newest release that is not refused. */
export function newestVersion(): string {
  const newest = knownVersions().findLast((version) => refusalOf(version) === undefined);
  if (newest === undefined) throw new Error('catalog.json has no usable release');
  return newest;
}

/** Versions are `v1.9.1` or `1.9.1` here and below; undefined for one that the catalog does not know. */
export function releaseOf(version: string): CatalogRelease | undefined {
  const name = parseVersion(version);
  const record = recordOf(version);
  if (name === undefined || record === undefined) return undefined;
  return {
    version: name,
    commitDate: record.commitDate,
    libcni: record.libcni,
    architectures: architectures.filter((arch) => listOf(record.architectures).includes(arch)),
    plugins: listOf(record.plugins),
    otherFiles: listOf(record.otherFiles),
    specVersions: listOf(record.specVersions),
    specExceptions: listsOf(record.specExceptions),
    contentsAssumedFrom: record.contentsAssumedFrom,
    archiveBytes: record.archiveBytes ?? {},
    pluginBytes: record.pluginBytes ?? {},
    notes: record.notes ?? [],
    kubernetes: minorsTestedWith(name),
    refusal: record.refused,
  };
}

/** Why a version is not to be used, or undefined when nothing speaks against it. */
export function refusalOf(version: string): Refusal | undefined {
  return recordOf(version)?.refused;
}

/** Plugins in the archive of a version, sorted; undefined when the catalog does not know the version. */
export function pluginsOf(version: string): readonly string[] | undefined {
  const record = recordOf(version);
  return record === undefined ? undefined : listOf(record.plugins);
}

/** Advisories that affect a version, by their ranges: an answer also for versions that the catalog does not know. */
export function advisoriesOf(version: string): readonly Advisory[] {
  const name = parseVersion(version);
  if (name === undefined) return [];
  return advisories().filter(
    ({ from, fixedIn }) => compareVersions(from, name) <= 0 && compareVersions(name, fixedIn) < 0,
  );
}

export function advisories(): readonly Advisory[] {
  return Object.entries(catalog.advisories).map(([id, advisory]) => ({ id, ...advisory }));
}

function listsOf(lists: Readonly<Record<string, string>> = {}): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(lists).map(([key, text]) => [key, listOf(text)]));
}

function minorsTestedWith(version: string): readonly string[] {
  return kubernetesPins()
    .filter((pin) => pin.version === version)
    .map((pin) => pin.kubernetes);
}
