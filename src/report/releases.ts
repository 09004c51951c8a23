// Answers about known releases: a table for people, an object for machines.

import { Failure } from '../failure/failure.ts';
import { type AcceptedDigest, acceptedDigests, upstreamSidecar } from '../release/accepted-digests.ts';
import {
  advisories,
  advisoriesOf,
  type CatalogRelease,
  knownVersions,
  newestVersion,
  releaseOf,
} from '../release/catalog.ts';
import {
  containerRuntime,
  containerRuntimes,
  type ContainerRuntime,
  kubernetesPins,
  minorOf,
  newestCommonSpec,
  versionForKubernetes,
} from '../release/compatibility.ts';
import { archiveFileName } from '../release/upstream.ts';
import { mebibytes } from '../lib/byte-size.ts';
import { type Arch, architectures } from '../lib/architecture.ts';

/** What is asked. Nothing set: everything in one overview. Several things set: each is answered, in this order. */
export interface ReleasesQuery {
  /** One release in detail: `v1.9.1`, `1.9.1`. */
  readonly version?: string | undefined;
  /** `1.34`, `v1.34.2` */
  readonly forKubernetes?: string | undefined;
  /** `containerd/1.7`, or as a node's status says it: `containerd://1.7.13` */
  readonly forRuntime?: string | undefined;
}

const width = 100;

/** kubernetes.io, "Network Plugins": spec 0.4.0 or later; every release from v1.0.1 on has sound spec lists. */
const kubernetesNeeds =
  'Kubernetes itself asks for CNI spec 0.4.0 or later: every release from v1.0.1 on will do.';

/**
 * The answer as text, at most 100 columns wide, newline at the end.
 * A release, Kubernetes version or container runtime that can't be read or is not known: a usage `Failure`.
 */
export function releasesTable(query: ReleasesQuery = {}): string {
  const sections = [
    ...(query.version === undefined ? [] : [detail(knownRelease(query.version))]),
    ...(query.forKubernetes === undefined ? [] : [kubernetesAnswer(query.forKubernetes)]),
    ...(query.forRuntime === undefined ? [] : [runtimeAnswer(knownRuntime(query.forRuntime))]),
  ];
  return `${(sections.length === 0 ? [overview()] : sections).join('\n\n')}\n`;
}

/** The answer as a JSON-ready object with `schema` 1; the same failures as the table. */
export function releasesJson(query: ReleasesQuery = {}): object {
  const { version, forKubernetes, forRuntime } = query;
  const asked = version !== undefined || forKubernetes !== undefined || forRuntime !== undefined;
  return {
    schema: 1,
    newest: newestVersion(),
    ...(asked ? {} : everythingJson()),
    ...(version === undefined ? {} : { release: releaseJson(knownRelease(version)) }),
    ...(forKubernetes === undefined ? {} : { forKubernetes: kubernetesJson(forKubernetes) }),
    ...(forRuntime === undefined ? {} : { forRuntime: runtimeJson(knownRuntime(forRuntime)) }),
  };
}

function everythingJson(): object {
  return {
    releases: newestFirst().map(releaseJson),
    advisories: advisories(),
    kubernetes: kubernetesPins(),
    runtimes: containerRuntimes(),
  };
}

function releaseJson(release: CatalogRelease): object {
  const { refusal, architectures: published, ...facts } = release;
  return {
    ...facts,
    advisories: advisoriesOf(release.version).map(({ id }) => id),
    refused: refusal ?? null,
    platforms: published.map((arch) => ({
      platform: `linux/${arch}`,
      archive: archiveFileName(release.version, arch),
      digests: acceptedDigests(release.version, arch),
    })),
  };
}

function kubernetesJson(asked: string): object {
  const kubernetes = readMinor(asked);
  const pin = versionForKubernetes(kubernetes);
  return {
    kubernetes,
    testedWith: pin?.version ?? null,
    evidence: pin?.evidence ?? null,
    advisories: pin === undefined ? [] : advisoriesOf(pin.version).map(({ id }) => id),
  };
}

function runtimeJson(runtime: ContainerRuntime): object {
  const releases = newestFirst().map((release) => {
    const common = newestCommonSpec(runtime, release);
    const exceptPlugins = common === undefined ? [] : pluginsWithout(common, release);
    return { version: release.version, newestCommonSpec: common ?? null, exceptPlugins };
  });
  return { ...runtime, releases };
}

function overview(): string {
  const newest = newestVersion();
  return [
    `Releases of containernetworking/plugins, newest usable: ${newest}`,
    releaseRows(),
    legend(),
    refusedSection(),
    advisorySection(),
    `Tested by Kubernetes\n${pinRows()}`,
    `Container runtimes (newest CNI spec they read)\n${runtimeRows()}`,
  ].join('\n\n');
}

function releaseRows(): string {
  const header = ['release', 'commit', 'spec', 'plugins', ...architectures, ''];
  const rows = newestFirst().map((release) => [
    release.version,
    release.commitDate ?? '?',
    release.specVersions.at(-1) ?? '?',
    String(release.plugins.length),
    ...architectures.map((arch) => confidence(release, arch)),
    remark(release),
  ]);
  return table([header, ...rows]);
}

/** How many independent origins stand behind the best current digest of a platform. */
function confidence(release: CatalogRelease, arch: Arch): string {
  if (!release.architectures.includes(arch)) return '-';
  const current = acceptedDigests(release.version, arch).filter(({ superseded }) => !superseded);
  if (current.length === 0) return '?';
  return String(Math.max(...current.map(independentOrigins)));
}

function independentOrigins({ origins }: AcceptedDigest): number {
  return origins.filter((origin) => origin !== upstreamSidecar).length;
}

function legend(): string {
  const text =
    'Under each platform: how many independent projects pin the same digest. 2 or more: confirmed. 0: only ' +
    "upstream's sidecar says it. ?: published, but no digest is known. -: not published.";
  return wrapped(text, '').join('\n');
}

function remark(release: CatalogRelease): string {
  if (release.refusal !== undefined) return 'refused';
  if (isReleasedTwice(release)) return '2 digests';
  return advisoriesOf(release.version).length > 0 ? 'advisory' : '';
}

function isReleasedTwice(release: CatalogRelease): boolean {
  return release.architectures.some((arch) =>
    acceptedDigests(release.version, arch).some(({ superseded }) => superseded),
  );
}

function refusedSection(): string {
  const rows = newestFirst().flatMap(({ version, refusal }) =>
    refusal === undefined ? [] : labelled(version, `take ${refusal.take}: ${refusal.reason}`),
  );
  return ['Refused', ...rows].join('\n');
}

function advisorySection(): string {
  const rows = advisories().flatMap(({ id, from, fixedIn, summary, url }) => [
    `  ${id}: from ${from}, fixed in ${fixedIn}`,
    ...wrapped(summary, '    '),
    `    ${url}`,
  ]);
  return ['Advisories', ...rows].join('\n');
}

function pinRows(): string {
  const pins = kubernetesPins().toReversed();
  const pieces = pins.map(({ kubernetes, version }) => `${kubernetes} ${version}`);
  return wrappedPieces(
    pieces.map((piece, place) => (place < pieces.length - 1 ? `${piece},` : piece)),
    '  ',
  ).join('\n');
}

function runtimeRows(): string {
  const groups = runs(containerRuntimes(), (runtime) => `${runtime.name} ${runtime.specVersion}`);
  const rows = groups.map(([first, last]) => [
    '',
    first.name,
    span(first.minor, last.minor),
    first.specVersion,
  ]);
  return table(rows);
}

function detail(release: CatalogRelease): string {
  const platforms = release.architectures.flatMap((arch) => platformRows(release, arch));
  return [headline(release), ...factRows(release), '', 'Digests', ...platforms].join('\n');
}

function headline({ version, refusal }: CatalogRelease): string {
  if (refusal !== undefined)
    return wrapped(`${version}, refused: ${refusal.reason}; take ${refusal.take}`, '').join('\n');
  return version === newestVersion() ? `${version}, the newest` : version;
}

function factRows(release: CatalogRelease): string[] {
  const { version, commitDate, libcni, plugins, otherFiles, kubernetes, notes } = release;
  const known = advisoriesOf(version).map(
    (advisory) => `${advisory.id}, fixed in ${advisory.fixedIn}: ${advisory.summary}`,
  );
  return [
    ...labelled('commit', commitDate ?? 'not known'),
    ...labelled('libcni', libcni ?? 'not known'),
    ...labelled('archive', archiveFileName(version, '<arch>')),
    ...labelled('size', sizes(release)),
    ...labelled('plugins', `${plugins.length}: ${plugins.join(', ')}`),
    ...labelled('other files', otherFiles.length === 0 ? 'none' : `${otherFiles.join(', ')} (never placed)`),
    ...labelled('contents', assumption(release)),
    ...labelled('spec', release.specVersions.join(', ')),
    ...exceptionRows(release),
    ...labelled('Kubernetes', kubernetes.length === 0 ? '' : `tested by ${kubernetes.join(', ')}`),
    ...labelled('advisories', known.length === 0 ? 'none known' : known.join('; ')),
    ...notes.flatMap((note, place) => labelled(place === 0 ? 'notes' : ' ', note)),
  ];
}

function assumption({ contentsAssumedFrom }: CatalogRelease): string {
  return contentsAssumedFrom === undefined ? '' : `assumed to be those of ${contentsAssumedFrom}`;
}

function exceptionRows({ specExceptions }: CatalogRelease): string[] {
  return Object.entries(specExceptions).flatMap(([plugin, specs]) =>
    labelled(' ', `${plugin}: ${specs.join(', ')}`),
  );
}

function sizes({ archiveBytes }: CatalogRelease): string {
  return Object.entries(archiveBytes)
    .map(([arch, bytes]) => `${arch} ${mebibytes(bytes)}`)
    .join(', ');
}

function platformRows(release: CatalogRelease, arch: Arch): string[] {
  const digests = acceptedDigests(release.version, arch);
  if (digests.length === 0) return [`  linux/${arch}  none known`];
  return [`  linux/${arch}`, ...digests.flatMap(digestRows)];
}

/** A SHA-512 does not fit on a line: it goes on two. */
function digestRows(digest: AcceptedDigest): string[] {
  const halves = digest.hex.match(/.{1,64}/g) ?? [];
  const lines = halves.map((half, place) => `    ${place === 0 ? digest.algorithm : '      '}  ${half}`);
  return [...lines, ...wrapped(`${standing(digest)}: ${digest.origins.join(', ')}`, ' '.repeat(12))];
}

function standing(digest: AcceptedDigest): string {
  const age = digest.superseded ? 'superseded, ' : '';
  if (digest.confirmed) return `${age}confirmed`;
  return independentOrigins(digest) === 0 ? `${age}integrity only` : `${age}one origin`;
}

function kubernetesAnswer(asked: string): string {
  const minor = readMinor(asked);
  const pin = versionForKubernetes(minor);
  const first =
    pin === undefined
      ? `Kubernetes ${minor}: which release it is tested with is not known.`
      : `Kubernetes ${minor} is tested with ${pin.version} (${pin.evidence}).`;
  const affected = pin === undefined ? [] : advisoriesOf(pin.version);
  return [
    first,
    ...affected.flatMap(({ id, fixedIn, summary }) =>
      wrapped(`${pin?.version ?? ''} has ${id}, fixed in ${fixedIn}: ${summary}.`, ''),
    ),
    ...wrapped(`${kubernetesNeeds} Newest usable: ${newestVersion()}.`, ''),
  ].join('\n');
}

function runtimeAnswer(runtime: ContainerRuntime): string {
  const { name, minor, libcni, specVersion, testedWith, note } = runtime;
  return [
    `${name} ${minor} (libcni ${libcni}) reads CNI spec up to ${specVersion}.`,
    ...(testedWith === undefined ? [] : [`Its own tests use ${testedWith}.`]),
    ...(note === undefined ? [] : wrapped(`It ${note}.`, '')),
    '',
    table([['', 'releases', 'speak up to', 'newest cniVersion for both'], ...commonSpecRows(runtime)]),
  ].join('\n');
}

function commonSpecRows(runtime: ContainerRuntime): string[][] {
  const rowOf = (release: CatalogRelease): string[] => [
    release.specVersions.at(-1) ?? '?',
    commonSpec(runtime, release),
  ];
  return runs(newestFirst(), (release) => rowOf(release).join(' ')).map(([newest, oldest]) => [
    '',
    span(oldest.version, newest.version),
    ...rowOf(newest),
  ]);
}

function commonSpec(runtime: ContainerRuntime, release: CatalogRelease): string {
  const common = newestCommonSpec(runtime, release);
  if (common === undefined) return 'none';
  const mute = pluginsWithout(common, release);
  return mute.length === 0 ? common : `${common}, but not for ${mute.join(', ')}`;
}

function pluginsWithout(spec: string, release: CatalogRelease): string[] {
  return Object.keys(release.specExceptions).filter(
    (plugin) => release.specExceptions[plugin]?.includes(spec) === false,
  );
}

function knownRelease(asked: string): CatalogRelease {
  const release = releaseOf(asked);
  if (release !== undefined) return release;
  throw new Failure('unknown-release', {
    message: `release ${asked} is not in the catalog; it knows ${span(knownVersions()[0] ?? '', knownVersions().at(-1) ?? '')}`,
  });
}

function knownRuntime(asked: string): ContainerRuntime {
  const runtime = containerRuntime(asked);
  if (runtime !== undefined) return runtime;
  const groups = runs(containerRuntimes(), ({ name }) => name);
  const known = groups.map(([first, last]) => `${first.name} ${span(first.minor, last.minor)}`);
  throw new Failure('unknown-runtime', {
    message: `container runtime ${asked} is not known; expected such as containerd/1.7, known are ${known.join(', ')}`,
  });
}

function readMinor(asked: string): string {
  const minor = minorOf(asked);
  if (minor !== undefined) return minor;
  throw new Failure('not-a-kubernetes-version', {
    message: `${asked} is not a Kubernetes version; expected such as 1.34`,
  });
}

function newestFirst(): CatalogRelease[] {
  return knownVersions()
    .toReversed()
    .flatMap((version) => releaseOf(version) ?? []);
}

/** First and last of each run of neighbours that have the same key. */
function runs<Item>(items: readonly Item[], keyOf: (item: Item) => string): (readonly [Item, Item])[] {
  return items.reduce<(readonly [Item, Item])[]>((found, item) => {
    const last = found.at(-1);
    const continues = last !== undefined && keyOf(last[1]) === keyOf(item);
    return continues ? [...found.slice(0, -1), [last[0], item]] : [...found, [item, item]];
  }, []);
}

function span(first: string, last: string): string {
  return first === last ? first : `${first} to ${last}`;
}

/** Columns two spaces apart, no space at the end of a line. An empty first cell indents. */
function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A name and its text, the text wrapped beside it; nothing for an empty text. */
function labelled(label: string, text: string): string[] {
  const margin = ' '.repeat(15);
  if (text === '') return [];
  return wrapped(text, margin).map((line, place) =>
    place === 0 ? `  ${label}`.padEnd(margin.length) + line.slice(margin.length) : line,
  );
}

/** Breaks a text between words; a word that is too long for a line stays whole. */
function wrapped(text: string, indent: string): string[] {
  return wrappedPieces(text.split(' '), indent);
}

/** Fills lines with pieces that are not to be broken themselves. */
function wrappedPieces(pieces: readonly string[], indent: string): string[] {
  return pieces.reduce<string[]>((lines, piece) => {
    const line = lines.at(-1);
    const fits = line !== undefined && line.length + 1 + piece.length <= width;
    return fits ? [...lines.slice(0, -1), `${line} ${piece}`] : [...lines, indent + piece];
  }, []);
}
