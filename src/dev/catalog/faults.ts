// What has to hold inside catalog.json, beyond its types.

import {
  type CatalogFile,
  type DigestRecords,
  type DigestsOfArch,
  listOf,
  type ReleaseRecord,
} from '../../release/catalog-file.ts';
import { compareVersions, parseVersion } from '../../release/version.ts';
import { sortedList } from './form.ts';
import { architectures } from '../../lib/architecture.ts';
import { digestAlgorithms, type DigestAlgorithm, hexLength } from '../../lib/files/digest.ts';

/** The catalog is part of what every node loads at every start. */
export const maxCatalogBytes = 60 * 1024;

/** What is wrong with a catalog, one sentence each; empty when it is sound. */
export function faultsOf(catalog: CatalogFile): readonly string[] {
  const releases = Object.entries(catalog.releases);
  return [
    ...releases.flatMap(([version, release]) => releaseFaults(version, release, catalog)),
    ...repeatedDigests(catalog),
    ...advisoryFaults(catalog),
    ...pinFaults(catalog),
    ...sizeFaults(catalog),
  ];
}

function releaseFaults(version: string, release: ReleaseRecord, catalog: CatalogFile): string[] {
  const faults = [
    ...(parseVersion(version) === version ? [] : ['is no name of a release']),
    ...contentFaults(release),
    ...refusalFaults(release, catalog),
    ...digestFaults(release),
  ];
  return faults.map((fault) => `${version} ${fault}`);
}

function contentFaults(release: ReleaseRecord): string[] {
  const plugins = listOf(release.plugins);
  const strangers = listOf(release.architectures).filter(
    (arch) => !architectures.some((known) => known === arch),
  );
  const unknown = Object.keys(release.specExceptions ?? {}).filter((plugin) => !plugins.includes(plugin));
  return [
    ...(plugins.length === 0 ? ['has no plugins'] : []),
    ...(isSortedSet(release.plugins) ? [] : ['lists its plugins unsorted or twice']),
    ...(listOf(release.specVersions).length === 0 ? ['has no spec versions'] : []),
    ...strangers.map((arch) => `lists the unknown architecture ${arch}`),
    ...unknown.map((plugin) => `has spec versions for ${plugin}, which it does not contain`),
  ];
}

function refusalFaults(release: ReleaseRecord, catalog: CatalogFile): string[] {
  if (release.refused === undefined) return [];
  const instead = catalog.releases[release.refused.take];
  const usable = instead !== undefined && instead.refused === undefined;
  return usable ? [] : [`is refused in favour of ${release.refused.take}, which can't be used either`];
}

function digestFaults(release: ReleaseRecord): string[] {
  const digests = [...eachDigest(release)];
  return [
    ...digests.flatMap((digest) => faultsOfDigest(digest, release)),
    ...digests
      .filter(({ superseded, arch, algorithm }) => superseded && !hasSuccessor(release, arch, algorithm))
      .map(({ hex }) => `supersedes ${hex} by nothing`),
  ];
}

interface DigestPlace {
  readonly arch: string;
  readonly algorithm: string;
  readonly hex: string;
  readonly origins: string;
  readonly superseded: boolean;
}

function* eachDigest(release: ReleaseRecord): Generator<DigestPlace> {
  yield* digestsIn(release.digests, false);
  yield* digestsIn(release.supersededDigests, true);
}

function* digestsIn(records: DigestRecords = {}, superseded: boolean): Generator<DigestPlace> {
  for (const [arch, algorithms] of Object.entries(records)) {
    for (const [algorithm, digests = {}] of Object.entries<DigestsOfArch[DigestAlgorithm]>(
      algorithms ?? {},
    )) {
      for (const [hex, origins] of Object.entries(digests)) {
        yield { arch, algorithm, hex, origins, superseded };
      }
    }
  }
}

function faultsOfDigest(digest: DigestPlace, release: ReleaseRecord): string[] {
  const { arch, algorithm, hex, origins } = digest;
  const published = listOf(release.architectures).includes(arch);
  return [
    ...(published ? [] : [`has a digest for ${arch}, which it was not published for`]),
    ...(isHexOf(algorithm, hex) ? [] : [`has ${hex}, which is no ${algorithm} digest`]),
    ...(origins !== '' && isSortedSet(origins) ? [] : [`lists no, unsorted or repeated origins of ${hex}`]),
  ];
}

function isHexOf(algorithm: string, hex: string): boolean {
  const known = digestAlgorithms.find((name) => name === algorithm);
  return known !== undefined && hex.length === hexLength[known] && /^[0-9a-f]+$/.test(hex);
}

function hasSuccessor(release: ReleaseRecord, arch: string, algorithm: string): boolean {
  return [...digestsIn(release.digests, false)].some(
    (current) => current.arch === arch && current.algorithm === algorithm,
  );
}

function repeatedDigests(catalog: CatalogFile): string[] {
  const places = new Map<string, string>();
  return Object.entries(catalog.releases).flatMap(([version, release]) =>
    [...eachDigest(release)].flatMap(({ arch, hex }) => {
      const here = `${version} ${arch}`;
      const before = places.get(hex);
      places.set(hex, here);
      return before === undefined ? [] : [`${here} has the digest of ${before}: ${hex}`];
    }),
  );
}

function advisoryFaults(catalog: CatalogFile): string[] {
  return Object.entries(catalog.advisories)
    .filter(([, { from, fixedIn }]) => compareVersions(from, fixedIn) >= 0)
    .map(([id]) => `${id} is fixed before it begins`);
}

function pinFaults(catalog: CatalogFile): string[] {
  return Object.entries(catalog.kubernetes)
    .filter(([, { version }]) => catalog.releases[version] === undefined)
    .map(([minor, { version }]) => `Kubernetes ${minor} is said to use ${version}, which is unknown`);
}

function sizeFaults(catalog: CatalogFile): string[] {
  const bytes = Buffer.byteLength(JSON.stringify(catalog));
  return bytes <= maxCatalogBytes ? [] : [`catalog.json has ${bytes} bytes, more than ${maxCatalogBytes}`];
}

function isSortedSet(list: string): boolean {
  return list === sortedList(listOf(list));
}
