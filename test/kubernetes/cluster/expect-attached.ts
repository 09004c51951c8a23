// Expects of a pod that its second network is there, whoever is asked.

import { expect } from 'vitest';
import type { Cluster } from './cluster.ts';
import { networkStatus, untilPodsRun } from './multus.ts';

/** Waits for the pod; then Multus' annotation and the pod itself have the same address for net1, and it is one of these. */
export async function expectAttached(cluster: Cluster, pod: string, addresses: RegExp): Promise<void> {
  await untilPodsRun(cluster, pod);
  const status = await networkStatus(cluster, pod);
  expect(status?.ips?.[0]).toMatch(addresses);
  expect(await addressInside(cluster, pod)).toBe(status?.ips?.[0]);
}

async function addressInside(cluster: Cluster, pod: string): Promise<string | undefined> {
  const shown = await cluster.kubectl('exec', pod, '--', 'ip', '-o', '-4', 'addr', 'show', 'net1');
  return / inet ([\d.]+)\//.exec(shown)?.[1];
}
