// Our container in Multus' pod, as the API server tells of it.

import type { Report } from '../../node/installer-container.ts';
import type { ContainerStatus } from './api-objects.ts';
import type { Cluster } from './cluster.ts';
import { multusPod } from './multus.ts';

export interface InstallerEnd {
  readonly exitCode: number;
  readonly report: Report;
  /** Another one for each run. */
  readonly containerID: string;
}

/** How it ended in Multus' pod that is to stay, on a cluster with one node; undefined while it has not. */
export async function installerEnd(cluster: Cluster): Promise<InstallerEnd | undefined> {
  const pod = await multusPod(cluster);
  const status = pod?.status.initContainerStatuses?.find(({ name }) => name === 'install-cni-plugins');
  return status && endIn(status);
}

/** Resolves when it has ended once more. */
export async function untilInstallerEnds(cluster: Cluster, before?: InstallerEnd): Promise<InstallerEnd> {
  return cluster.until('another end of the installer', async () => {
    const end = await installerEnd(cluster);
    return end?.containerID === before?.containerID ? undefined : end;
  });
}

function endIn({ state, containerID = '' }: ContainerStatus): InstallerEnd | undefined {
  if (state.terminated === undefined) return undefined;
  const { exitCode, message = '{}' } = state.terminated;
  return { exitCode, report: JSON.parse(message) as Report, containerID };
}
