// Multus' pods as upstream's manifests have them, with busybox in place of Multus' own programs.

import type { ContainerSpec, PodSpec } from '../../throwaway-node/cri.ts';

export const thinPod: PodSpec = { name: 'multus', hostNetwork: true };
export const thickPod: PodSpec = { name: 'multus', hostNetwork: true, hostPid: true };

/**
 * The init container of thin and thick alike. Instead of copying a file it mounts something below the bin dir, which
 * is what its `mountPropagation: Bidirectional` is about.
 */
export const installMultusBinary: ContainerSpec = {
  name: 'install-multus-binary',
  command: ['sh', '-c', 'mkdir /host/opt/cni/bin/sub && mount -t tmpfs sub /host/opt/cni/bin/sub'],
  privileged: true,
  mounts: [{ hostPath: '/opt/cni/bin', containerPath: '/host/opt/cni/bin', propagation: 'Bidirectional' }],
};

/** Where on the host installMultusBinary's mount arrives. */
export const mountOfMultus = '/opt/cni/bin/sub';

/** The host paths that thick Multus' daemon follows with `mountPropagation: HostToContainer`. */
export const followedPaths = ['/var/lib/kubelet', '/run/netns', '/'] as const;

/** The container of thick Multus that stays. */
export function multusDaemon(followed: readonly string[] = followedPaths): ContainerSpec {
  return {
    name: 'kube-multus',
    command: ['sleep', '1000'],
    privileged: true,
    mounts: [
      { hostPath: '/opt/cni/bin', containerPath: '/opt/cni/bin' },
      ...followed.map((hostPath) => ({
        hostPath,
        containerPath: hostPath === '/' ? '/hostroot' : hostPath,
        propagation: 'HostToContainer' as const,
      })),
    ],
  };
}
