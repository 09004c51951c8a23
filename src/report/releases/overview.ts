// Everything that is known about releases, in one overview for people.

import { type Arch, architectures } from '../../lib/architecture.ts';
import { acceptedDigests, independentOrigins } from '../../release/accepted-digests.ts';
import { type CatalogRelease, advisories, advisoriesOf, newestVersion } from '../../release/catalog.ts';
import { containerRuntimes, kubernetesPins } from '../../release/compatibility.ts';
import { labelled, textTable, wrapped, wrappedPieces } from '../../lib/text/table.ts';
import { newestFirst, runs, span } from './asked.ts';

export function overview(): string {
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
  return textTable([header, ...rows]);
}

/** How many independent origins stand behind the best current digest of a platform. */
function confidence(release: CatalogRelease, arch: Arch): string {
  if (!release.architectures.includes(arch)) return '-';
  const current = acceptedDigests(release.version, arch).filter(({ superseded }) => !superseded);
  if (current.length === 0) return '?';
  return String(Math.max(...current.map(independentOrigins)));
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
  return textTable(rows);
}
