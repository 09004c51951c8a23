// Lets pods come, be attached and go while something else is done, and keeps account of what was refused.

import type { Event } from './api-objects.ts';
import type { Cluster } from './cluster.ts';
import { attachedPod, networkStatus, untilPodsRun } from './multus.ts';

export interface Account {
  /** How many pods ran with a second network. */
  readonly attached: number;
  /** What the kubelet said of those whose network failed at first; it tries again. */
  readonly refusals: readonly string[];
}

/** Ends with the pod that is on its way when `act` is done. Rejects where a pod never runs, or runs without net1. */
export async function attachMeanwhile(
  cluster: Cluster,
  network: string,
  act: () => Promise<void>,
): Promise<Account> {
  const done = new AbortController();
  const acting = act().finally(() => done.abort());
  const pods: string[] = [];
  try {
    while (!done.signal.aborted) {
      const pod = `passer-by-${pods.length + 1}`;
      pods.push(pod);
      await comeAndGo(cluster, pod, network);
    }
  } finally {
    await acting;
  }
  return { attached: pods.length, refusals: await refusalsOf(cluster, pods) };
}

/** The reasons of the kubelet's warnings when a pod's network can't be made or unmade. */
const ofNetwork = new Set(['FailedCreatePodSandBox', 'FailedKillPod']);

async function comeAndGo(cluster: Cluster, pod: string, network: string): Promise<void> {
  await cluster.apply([attachedPod(pod, network)]);
  await untilPodsRun(cluster, pod);
  const status = await networkStatus(cluster, pod);
  if (status?.ips?.[0] === undefined) throw new Error(`${pod} runs without its second network`);
  await cluster.kubectl('delete', 'pod', pod, '--wait=false');
}

async function refusalsOf(cluster: Cluster, pods: readonly string[]): Promise<string[]> {
  const events = await cluster.list<Event>('/api/v1/namespaces/default/events?fieldSelector=type%3DWarning');
  return events
    .filter(({ reason, involvedObject: { name } }) => pods.includes(name) && ofNetwork.has(reason))
    .map(({ message }) => message);
}
