// What is known about upstream's releases: the typed, pure face over catalog.json.

import { type Arch, architectures } from '../lib/architecture.ts';
import { type DigestAlgorithm, digestAlgorithms, type Digests } from '../lib/files/digest.ts';
import file from './catalog.json' with { type: 'json' };
import { compareVersions, parseVersion } from './version.ts';

/**
 * The origin of a digest that was read from the release itself. It travels with the archive, so it proves a whole
 * download and nothing more, and never counts towards `confirmed`.
 */
export const upstreamSidecar = "upstream's sidecar";

export const upstreamBaseUrl = 'https://github.com/containernetworking/plugins/releases/download';

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

export interface Refusal {
  readonly reason: string;
  /** The version to use instead; it is in the catalog and not refused itself. */
  readonly take: string;
}

export interface Advisory {
  readonly id: string;
  /** First affected and first repaired release. */
  readonly from: string;
  readonly fixedIn: string;
  readonly summary: string;
  readonly url: string;
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

export interface KubernetesPin {
  /** `1.34` */
  readonly kubernetes: string;
  readonly version: string;
  /** Where that is written. `k/k` is kubernetes/kubernetes. */
  readonly evidence: string;
}

export type RuntimeName = 'containerd' | 'cri-o';

export interface ContainerRuntime {
  readonly name: RuntimeName;
  /** `1.7` */
  readonly minor: string;
  readonly libcni: string;
  /** The newest CNI spec version that this libcni reads. */
  readonly specVersion: string;
  /** Releases of the plugins that the runtime's own build and tests use, where known. */
  readonly testedWith: string | undefined;
  readonly note: string | undefined;
  readonly evidence: string;
}

/**
 * catalog.json as it is written. Lists of names are comma-separated text, so that a digest or a set of plugins is one
 * line of a diff. `src/dev/catalog/import-releases.ts` writes it and checks what the types here can't say.
 */
export interface CatalogFile {
  readonly releases: Readonly<Record<string, ReleaseRecord>>;
  readonly advisories: Readonly<Record<string, Omit<Advisory, 'id'>>>;
  readonly kubernetes: Readonly<Record<string, Omit<KubernetesPin, 'kubernetes'>>>;
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

export interface RuntimeRecord {
  readonly libcni: string;
  readonly specVersion: string;
  readonly testedWith?: string;
  readonly note?: string;
  readonly evidence: string;
}

const catalog: CatalogFile = file;

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

/**
 * All digests that the archive may have: current ones before superseded ones, SHA-256 before SHA-512. Each is enough by
 * itself. Empty means that none is known, also for an unknown version; it never means that any archive will do.
 */
export function acceptedDigests(version: string, arch: Arch): readonly AcceptedDigest[] {
  const record = recordOf(version);
  return [
    ...digestsIn(record?.digests?.[arch], false),
    ...digestsIn(record?.supersededDigests?.[arch], true),
  ];
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

/**
 * Plugins in an archive, sorted, by its digests: undefined unless it is upstream's current one of this version and
 * architecture, whose contents somebody has described.
 */
export function contentsOf(version: string, arch: Arch, digests: Digests): readonly string[] | undefined {
  const described = recordOf(version)?.contentsAssumedFrom === undefined;
  const isCurrent = metAmong(acceptedDigests(version, arch), digests)?.superseded === false;
  return described && isCurrent ? pluginsOf(version) : undefined;
}

/** The one that an archive with these digests has; undefined when it has none of them. */
export function metAmong(accepted: readonly AcceptedDigest[], digests: Digests): AcceptedDigest | undefined {
  return accepted.find(({ algorithm, hex }) => digests[algorithm] === hex);
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

/** The release that Kubernetes itself tests a minor with; `1.34`, `v1.34.2`. Undefined where that is not established. */
export function versionForKubernetes(kubernetes: string): KubernetesPin | undefined {
  const minor = minorOf(kubernetes);
  const pin = minor === undefined ? undefined : ownValue(catalog.kubernetes, minor);
  return minor === undefined || pin === undefined ? undefined : { kubernetes: minor, ...pin };
}

/** What Kubernetes tests with, oldest minor first. */
export function kubernetesPins(): readonly KubernetesPin[] {
  return Object.entries(catalog.kubernetes)
    .map(([kubernetes, pin]) => ({ kubernetes, ...pin }))
    .sort((a, b) => compareVersions(a.kubernetes, b.kubernetes));
}

/** `1.34`, `v1.34.2`, `1.34.2-eks-1a2b3c` → `1.34`. */
export function minorOf(version: string): string | undefined {
  const found = /^v?(\d{1,4}\.\d{1,4})(?:[.+-].*)?$/.exec(version.trim());
  return found?.[1];
}

/**
 * What is known about a container runtime, by the words of a node's status (`containerd://1.7.13`), of its binary
 * (`crio 1.30.2`) or short (`containerd/1.7`). Undefined for other runtimes and minors.
 */
export function containerRuntime(text: string): ContainerRuntime | undefined {
  const [, word = '', version = ''] = /^(containerd|cri-?o)(?::\/\/|[ /:@])(.+)$/i.exec(text.trim()) ?? [];
  const name = word.toLowerCase().replace(/^crio$/, 'cri-o');
  const minor = minorOf(version);
  return containerRuntimes().find((runtime) => runtime.name === name && runtime.minor === minor);
}

/** Known container runtimes by name, oldest minor first. */
export function containerRuntimes(): readonly ContainerRuntime[] {
  return [...runtimesNamed('containerd'), ...runtimesNamed('cri-o')];
}

/** The newest spec version that both a container runtime and the plugins of a release speak; undefined when none. */
export function newestCommonSpec(runtime: ContainerRuntime, release: CatalogRelease): string | undefined {
  return release.specVersions.findLast((spec) => compareVersions(spec, runtime.specVersion) <= 0);
}

/** The name under which upstream publishes the archive; its sidecars append `.sha256` and `.sha512`. */
export function archiveFileName(version: string, arch: Arch | '<arch>'): string {
  return `cni-plugins-linux-${arch}-${parseVersion(version) ?? version}.tgz`;
}

/** The elements of a comma-separated list of catalog.json. */
export function listOf(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(', ');
}

function recordOf(version: string): ReleaseRecord | undefined {
  const name = parseVersion(version);
  return name === undefined ? undefined : ownValue(catalog.releases, name);
}

/** Keeps names such as `constructor` from finding what every object inherits. */
function ownValue<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function listsOf(lists: Readonly<Record<string, string>> = {}): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(lists).map(([key, text]) => [key, listOf(text)]));
}

function digestsIn(digests: DigestsOfArch | undefined, superseded: boolean): AcceptedDigest[] {
  return digestAlgorithms.flatMap((algorithm) =>
    Object.entries(digests?.[algorithm] ?? {}).map(([hex, text]) => {
      const origins = listOf(text);
      return { algorithm, hex, origins, confirmed: isConfirmed(origins), superseded };
    }),
  );
}

function isConfirmed(origins: readonly string[]): boolean {
  return origins.filter((origin) => origin !== upstreamSidecar).length >= 2;
}

function minorsTestedWith(version: string): readonly string[] {
  return kubernetesPins()
    .filter((pin) => pin.version === version)
    .map((pin) => pin.kubernetes);
}

function runtimesNamed(name: RuntimeName): ContainerRuntime[] {
  return Object.entries(catalog.runtimes[name])
    .map(([minor, { testedWith, note, ...known }]) => ({ name, minor, testedWith, note, ...known }))
    .sort((a, b) => compareVersions(a.minor, b.minor));
}
