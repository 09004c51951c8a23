// What holds for every DaemonSet of ours, however it was made.

import { expect } from 'vitest';
import { readRequest } from '../../src/arguments/command-line.ts';
import { type Config, configure } from '../../src/arguments/config.ts';
import { optionNames, specOf } from '../../src/arguments/options.ts';
import { allContainers, type Container, environmentOf, oursIn, podRequest, type PodSpec } from './objects.ts';

/** Ours come first, ask for no propagation, and leave the pod's request and names as they would be without them. */
export async function expectSoundPod(pod: PodSpec): Promise<void> {
  const ours = oursIn(pod);
  expect(pod.initContainers?.slice(0, ours.length)).toEqual(ours);
  expectConsistentVolumes(pod);
  for (const container of ours) {
    expectModest(container);
    await understood(container);
  }
  if (ours.length === 0) return;
  expect(pod.enableServiceLinks).toBe(false);
  const others = { ...pod, initContainers: (pod.initContainers ?? []).filter((one) => !ours.includes(one)) };
  if (others.initContainers.length > 0) {
    expect(podRequest(pod, 'cpu')).toBe(podRequest(others, 'cpu'));
    expect(podRequest(pod, 'memory')).toBe(podRequest(others, 'memory'));
  }
}

function expectModest({
  volumeMounts = [],
  resources,
  terminationMessagePolicy,
  securityContext,
}: Container): void {
  expect(volumeMounts.filter(({ mountPropagation }) => mountPropagation !== undefined)).toEqual([]);
  expect(resources?.limits).toEqual(resources?.requests);
  expect(terminationMessagePolicy).toBe('FallbackToLogsOnError');
  const writable = volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath);
  expect(writable.filter((path) => !ownPlaces.has(path))).toEqual([]);
  if (securityContext?.privileged === true) return;
  expect(securityContext?.capabilities?.drop).toEqual(['ALL']);
  expect(securityContext?.readOnlyRootFilesystem).toBe(true);
  expect(securityContext?.seccompProfile?.type).toBe('RuntimeDefault');
}

/** The bin dir with our state, and the spare store. */
const ownPlaces = new Set(['/host/opt/cni/bin', '/host/var/lib/cni-plugins-installer']);

/** Each mount has its volume, each volume is mounted, and no name or path is there twice. */
export function expectConsistentVolumes(pod: PodSpec): void {
  const names = (pod.volumes ?? []).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const mounted = new Set(
    allContainers(pod).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)),
  );
  expect([...mounted].toSorted()).toEqual(names.toSorted());
  for (const { volumeMounts = [], env = [] } of allContainers(pod)) {
    expect(new Set(volumeMounts.map(({ mountPath }) => mountPath)).size).toBe(volumeMounts.length);
    expect(new Set(env.map(({ name }) => name)).size).toBe(env.length);
  }
}

const proxies = new Set(['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']);
const known = new Set(optionNames.map((name) => specOf(name)).flatMap(({ env, inVerb = {} }) => [env, ...Object.values(inVerb).map((said) => said.env)]));

/** What the installer itself makes of the container's arguments and environment; rejects where it would refuse them. */
export async function understood(container: Container): Promise<Config> {
  const env = environmentOf(container);
  expect(Object.keys(env).filter((name) => !known.has(name) && !proxies.has(name))).toEqual([]);
  const request = await readRequest(container.args ?? [], env);
  if (request.ask !== 'run') throw new Error(`${container.name} only asks for ${request.ask}`);
  return configure(request.options, 'amd64');
}

/** The host paths that the pod's containers ask the runtime to propagate mounts of. */
export function propagatedHostPaths(pod: PodSpec): readonly string[] {
  const volumes = new Map((pod.volumes ?? []).map((volume) => [volume.name, volume.hostPath?.path]));
  const paths = allContainers(pod).flatMap(({ volumeMounts = [] }) =>
    volumeMounts
      .filter(({ mountPropagation }) => mountPropagation !== undefined)
      .map(({ name }) => volumes.get(name)),
  );
  return [...new Set(paths)].filter((path) => path !== undefined);
}
