// DaemonSets of others that mount the directory which our plugins are in. Pure.

import { isOfOthers, knownInstaller } from '../cluster/installers-of-others.ts';
import type { DaemonSetView } from '../cluster/objects.ts';
import type { Rival } from './fleet.ts';
import { compareNames } from './wording.ts';

/** Where our own containers have the node's bin dir. */
const ourMountPath = '/host/opt/cni/bin';

const usualBinDir = '/opt/cni/bin';

/** On the hosts, as our own DaemonSets mount them. */
export function binDirsOf(daemonSets: readonly DaemonSetView[]): readonly string[] {
  const own = daemonSets
    .filter(({ images }) => images.some((image) => /cni-plugins-installer/.test(image)))
    .flatMap(({ mounts }) => mounts)
    .filter(({ mountPath }) => mountPath === ourMountPath)
    .map(({ hostPath }) => hostPath);
  return own.length === 0 ? [usualBinDir] : [...new Set(own)];
}

/** Those that are suspected first. */
export function rivalsAmong(
  daemonSets: readonly DaemonSetView[],
  ourPlugins: ReadonlySet<string>,
): readonly Rival[] {
  const paths = new Set(binDirsOf(daemonSets).flatMap((binDir) => [binDir, parentOf(binDir)]));
  return daemonSets
    .filter(isOfOthers)
    .flatMap((daemonSet) => rivalOf(daemonSet, paths, ourPlugins))
    .toSorted(
      (a, b) => Number(b.suspected) - Number(a.suspected) || compareNames(idOfRival(a), idOfRival(b)),
    );
}

export function idOfRival({ namespace, name }: Rival): string {
  return `${namespace}/${name}`;
}

/** Whoever mounts `/opt/cni` has the bin dir too. */
function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/opt/cni';
}

function rivalOf(
  { id, images, mounts }: DaemonSetView,
  paths: ReadonlySet<string>,
  ourPlugins: ReadonlySet<string>,
): Rival[] {
  const ways = mounts.filter(({ hostPath }) => paths.has(hostPath.replace(/(.)\/+$/, '$1')));
  const [way] = ways.toSorted((a, b) => Number(b.writable) - Number(a.writable));
  if (way === undefined) return [];
  const known = knownInstaller({ images });
  const [namespace = '', name = ''] = id.split('/');
  const suspectedNames = (known?.places ?? []).filter((plugin) => ourPlugins.has(plugin));
  return [
    {
      kind: 'DaemonSet',
      namespace,
      name,
      hostPath: way.hostPath,
      writable: way.writable,
      images: [...new Set(images)],
      suspected: way.writable && (known === undefined || suspectedNames.length > 0),
      suspectedNames,
      setting: known?.setting ?? null,
    },
  ];
}
