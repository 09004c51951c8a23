// Decides which mounts have to be shared and how to get there; looks at nothing and changes nothing.

import { type Mount, mountContaining, type Propagation, propagationOf } from '../../lib/linux/mountinfo.ts';

/**
 * `rshared`: everything below `/` as soon as one needed mount is not shared. `targeted`: only the needed mounts.
 * `off`: nothing.
 */
export type SharingMode = 'rshared' | 'targeted' | 'off';

/** A path that containers will ask for, and where its symbolic links lead in the namespace at hand. */
export interface RequestedPath {
  readonly asked: string;
  readonly resolved: string;
}

/** `unknown` where no mount holds the path, or where it could not be looked at. Never counts as shared. */
export type SeenPropagation = Propagation | 'unknown';

/** The mount that the runtime will look at when a container asks for the path. */
export interface NeededMount {
  /** As it was asked for. */
  readonly path: string;
  readonly mountPoint: string;
  readonly propagation: SeenPropagation;
}

/** The arguments of one call of mount(8). */
export type MountArguments = readonly string[];

/** What Bidirectional asks for. HostToContainer would do with a slave, but the pod's containers ask for both. */
export function isShared(propagation: SeenPropagation): boolean {
  return propagation === 'shared' || propagation === 'shared-slave';
}

/** For each path the mount that holds it. */
export function neededMounts(mounts: readonly Mount[], paths: readonly RequestedPath[]): NeededMount[] {
  return paths.map(({ asked, resolved }) => {
    const holder = mountContaining(mounts, resolved);
    if (holder === undefined) return { path: asked, mountPoint: '/', propagation: 'unknown' };
    return { path: asked, mountPoint: holder.mountPoint, propagation: propagationAt(mounts, holder) };
  });
}

/** The calls of mount(8) that make the needed mounts shared: none where nothing is to be done. */
export function planSharing(mode: SharingMode, needed: readonly NeededMount[]): MountArguments[] {
  const unshared = needed.filter((mount) => !isShared(mount.propagation));
  if (mode === 'off' || unshared.length === 0) return [];
  if (mode === 'rshared') return [['--make-rshared', '/']];
  return distinctMountPoints(unshared).map((mountPoint) => ['--make-shared', mountPoint]);
}

/** Where the propagation is another than before, sorted. Mounts that came or went in between are left out. */
export function changedMountPoints(before: readonly Mount[], after: readonly Mount[]): string[] {
  const earlier = new Map(before.map((mount) => [mountIdentity(mount), propagationOf(mount)]));
  const changed = after.filter((mount) => {
    const was = earlier.get(mountIdentity(mount));
    return was !== undefined && was !== propagationOf(mount);
  });
  return distinctMountPoints(changed);
}

/** The kernel gives the id of a mount that is gone to the next one. */
function mountIdentity({ id, mountPoint }: Mount): string {
  return `${id} ${mountPoint}`;
}

/** Sorted, so that `/` comes first. */
export function distinctMountPoints(mounts: readonly { readonly mountPoint: string }[]): string[] {
  return [...new Set(mounts.map((mount) => mount.mountPoint))].sort();
}

/**
 * Of several mounts on one mount point the kernel uses the last, but containerd and CRI-O judge by the first
 * (https://github.com/containerd/containerd/blob/main/core/mount/lookup_unix.go). So one that is not shared speaks for all.
 */
function propagationAt(mounts: readonly Mount[], top: Mount): Propagation {
  const stacked = mounts.filter((mount) => mount.mountPoint === top.mountPoint).map(propagationOf);
  return stacked.find((propagation) => !isShared(propagation)) ?? propagationOf(top);
}
