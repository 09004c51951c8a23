// One release in detail, for people.

import { type Arch } from '../../lib/architecture.ts';
import { mebibytes } from '../../lib/byte-size.ts';
import { type AcceptedDigest, acceptedDigests, independentOrigins } from '../../release/accepted-digests.ts';
import { type CatalogRelease, advisoriesOf, newestVersion } from '../../release/catalog.ts';
import { archiveFileName } from '../../release/upstream.ts';
import { labelled, wrapped } from '../../lib/text/table.ts';

export function releaseDetail(release: CatalogRelease): string {
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
  return [...lines, ...wrapped(`${digestStanding(digest)}: ${digest.origins.join(', ')}`, ' '.repeat(12))];
}

function digestStanding(digest: AcceptedDigest): string {
  const age = digest.superseded ? 'superseded, ' : '';
  if (digest.confirmed) return `${age}confirmed`;
  return independentOrigins(digest) === 0 ? `${age}integrity only` : `${age}one origin`;
}
