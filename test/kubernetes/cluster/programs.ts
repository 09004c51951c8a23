// Where the programs of a cluster are, which test/setup/tools.sh builds, and what else it takes from their modules.

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toolsDir } from '../../support/built-tools.ts';

export type Mode = 'thin' | 'thick';

/** What runs on the hosts of a cluster, or drives it from outside. */
const programs = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kubectl',
  'kustomize',
  'helm',
  'multus',
  'multus-daemon',
] as const;

/** With another containerd than the machine's, its shim and ctr beside it, for every node; undefined for the machine's. */
export const containerdDir = process.env['CLUSTER_CONTAINERD'];

export const programsDir = join(toolsDir, 'bin');

export function program(name: string): string {
  return join(programsDir, name);
}

/** Those that were not built yet; empty when all are there. */
export function missingPrograms(): string[] {
  const other = containerdDir === undefined ? [] : [join(containerdDir, 'containerd')];
  return [...programs.map(program), ...other]
    .filter((path) => !existsSync(path))
    .map((path) => basename(path));
}

/** Says which Multus was built, and by which Go. */
export function multusStamp(): string {
  return readFileSync(join(toolsDir, 'stamps/multus'), 'utf8');
}

/** Upstream's own manifest, as it is in the module that Multus was built from. */
export function upstreamManifest(mode: Mode): string {
  const name = mode === 'thin' ? 'multus-daemonset.yml' : 'multus-daemonset-thick.yml';
  return readFileSync(join(toolsDir, name), 'utf8');
}
