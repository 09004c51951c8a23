// What goes together: a release with a version of Kubernetes, and with a container runtime. For people.

import { type CatalogRelease, advisoriesOf, newestVersion } from '../../release/catalog.ts';
import {
  type ContainerRuntime,
  newestCommonSpec,
  versionForKubernetes,
} from '../../release/compatibility.ts';
import { textTable, wrapped } from '../../lib/text/table.ts';
import { newestFirst, pluginsWithout, readMinor, runs, span } from './asked.ts';

/** kubernetes.io, "Network Plugins": spec 0.4.0 or later; every release from v1.0.1 on has sound spec lists. */
const kubernetesNeeds =
  'Kubernetes itself asks for CNI spec 0.4.0 or later: every release from v1.0.1 on will do.';

export function kubernetesAnswer(asked: string): string {
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

export function runtimeAnswer(runtime: ContainerRuntime): string {
  const { name, minor, libcni, specVersion, testedWith, note } = runtime;
  return [
    `${name} ${minor} (libcni ${libcni}) reads CNI spec up to ${specVersion}.`,
    ...(testedWith === undefined ? [] : [`Its own tests use ${testedWith}.`]),
    ...(note === undefined ? [] : wrapped(`It ${note}.`, '')),
    '',
    textTable([['', 'releases', 'speak up to', 'newest cniVersion for both'], ...commonSpecRows(runtime)]),
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
