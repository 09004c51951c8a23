// Our container in Multus' pod, as the API server tells of it.

import type { Report } from '../../support/node/installer-container.ts';
import type { Pod } from './api-objects.ts';
import type { Cluster } from './cluster.ts';
import { multusPod, multusPods } from './multus.ts';

export interface InstallerEnd {
  readonly exitCode: number;
  readonly report: Report;
  /** Another one for each run. */
  readonly containerID: string;
}

/** How it ended in Multus' pod that is to stay, on a cluster with one node; undefined while it has not. */
export async function installerEnd(cluster: Cluster): Promise<InstallerEnd | undefined> {
  const pod = await multusPod(cluster);
  return pod && endIn(pod);
}

/** The releases that its reports tell of, by the names of the nodes; none for a node where it has not ended. */
export async function reportedVersions(cluster: Cluster): Promise<Record<string, string | null>> {
  const versions = (await multusPods(cluster)).flatMap((pod): [string, string | null][] => {
    const end = endIn(pod);
    return end === undefined ? [] : [[pod.spec.nodeName ?? '', end.report.version]];
  });
  return Object.fromEntries(versions);
}

/** Resolves when it has ended once more. */
export async function untilInstallerEnds(cluster: Cluster, before?: InstallerEnd): Promise<InstallerEnd> {
  return cluster.until('another end of the installer', async () => {
    const end = await installerEnd(cluster);
    return end?.containerID === before?.containerID ? undefined : end;
  });
}

function endIn({ status }: Pod): InstallerEnd | undefined {
  const ours = status.initContainerStatuses?.find(({ name }) => name === 'install-cni-plugins');
  if (ours?.state.terminated === undefined) return undefined;
  const { containerID = '' } = ours;
  const { exitCode, message = '{}' } = ours.state.terminated;
  return { exitCode, report: JSON.parse(message) as Report, containerID };
}
