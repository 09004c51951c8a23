// The built image on a throw-away node: as the simple layout's init container, and as the hardened layout's two.

import type { ContainerSpec } from '../throwaway-node/cri.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import { bootNode, type NodeOptions, type ThrowawayNode } from '../throwaway-node/node.ts';
import { binDir, hostProc, threeCapabilities, wishFor } from '../support/node/installer-container.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { type BuiltImage, imageForNode } from './built-image.ts';

export { binDir, hostProc, runIn, runInstaller } from '../support/node/installer-container.ts';

export const defaultPlugins = 'bridge host-device host-local ipvlan loopback macvlan portmap static'.split(
  ' ',
);

export const archive = pluginsArchive('v1.9.1');

/** A node with busybox and this image; the caller stops it, or says `await using`. */
export async function bootNodeWith(
  built: BuiltImage,
  options: Omit<NodeOptions, 'images'> = {},
): Promise<ThrowawayNode> {
  return bootNode({ ...options, images: [await busyboxImage(), imageForNode(built)] });
}

/** Privileged, with the bin dir and the host's procfs; downloads from the mirror. What the spec has takes its place. */
export function installer(built: BuiltImage, mirror: string, spec: ContainerSpec = {}): ContainerSpec {
  return {
    name: 'install-cni-plugins',
    image: imageForNode(built).reference,
    privileged: true,
    mounts: [binDir, hostProc],
    ...spec,
    env: { ...wishFor(archive), CNI_PLUGINS_MIRRORS: mirror, ...spec.env },
  };
}

/** The limits of the documented manifest. */
export const limits = { memoryLimitBytes: 50 * 1024 * 1024, cpuLimitMillicores: 100 } as const;

/** Nothing but what sharing the host's mounts takes. */
export function hardenedSharer(built: BuiltImage): ContainerSpec {
  return {
    name: 'share-mounts',
    image: imageForNode(built).reference,
    args: ['share-mounts'],
    ...threeCapabilities,
    readonlyRootfs: true,
    mounts: [hostProc],
  };
}

/** Not one capability, and nothing writable but the bin dir. */
export function hardenedInstaller(built: BuiltImage, mirror: string): ContainerSpec {
  return installer(built, mirror, {
    privileged: false,
    dropAllCapabilities: true,
    noNewPrivs: true,
    readonlyRootfs: true,
    mounts: [binDir],
    env: { CNI_PLUGINS_SHARE_MOUNTS: 'off' },
  });
}
