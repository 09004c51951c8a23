// Starts the pod of a DaemonSet on a throw-away node that has the current archive but no network, and judges the start.

import { expect } from 'vitest';
import { archives, current, wishFor } from '../support/node/installer-container.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { type EndedContainer, RuntimeRefusal } from '../throwaway-node/cri.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { MiniKubelet, type PodRun, type Site } from './mini-kubelet.ts';
import { initNames, type Objects, podOf, type PodSpec } from './objects.ts';

export const plugins = 'bridge host-device host-local ipvlan loopback macvlan portmap static'.split(' ');

/** For pods that name their source themselves: only the digest, because no archive made here is in the catalog. */
export const digestOnly: Site = { env: wishFor(pluginsArchive(current)), mounts: [] };

const withArchive: Site = {
  env: { ...digestOnly.env, CNI_PLUGINS_ARCHIVE: archives.containerPath },
  mounts: [archives],
};

/** @param site Default: the delivered archive, mounted where the manifest has no source of its own */
export async function start(
  node: ThrowawayNode,
  objects: Objects,
  { pod = podOf(objects), site = withArchive }: { readonly pod?: PodSpec; readonly site?: Site } = {},
): Promise<PodRun> {
  return new MiniKubelet(node, site).run(pod, objects);
}

/** Every init container ended well, in the order of the spec, and what is to stay runs. */
export function expectStarted(run: PodRun, objects: Objects): void {
  expect(
    run.init.map(({ name, end }) => [name, end instanceof RuntimeRefusal ? end.details : end.exitCode]),
  ).toEqual(initNames(podOf(objects)).map((name) => [name, 0]));
  expect(run.staying).toHaveLength(podOf(objects).containers.length);
}

export function refusals(run: PodRun): unknown {
  return run.init.map(({ name, end }) => [name, end instanceof RuntimeRefusal ? wordsOf(end) : end.exitCode]);
}

/** Without the container's id. */
function wordsOf({ details }: RuntimeRefusal): string {
  return details.replace(/^failed to generate container "[0-9a-f]{64}" spec: /, '');
}

export async function inBinDir(node: ThrowawayNode, directory = '/opt/cni/bin'): Promise<readonly string[]> {
  return (await node.host(`ls ${directory}`)).split('\n').filter((name) => name !== '');
}

export function reportOf(run: PodRun, name: string): unknown {
  const end = run.init.find((container) => container.name === name)?.end as EndedContainer | undefined;
  return JSON.parse(end?.terminationMessage ?? '{}');
}
