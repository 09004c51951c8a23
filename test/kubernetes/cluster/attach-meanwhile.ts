// Lets pods come, be attached and go while something else is done, and keeps account of what was refused.

import type { Event } from './api-objects.ts';
import type { Cluster } from './cluster.ts';
import { attachedPod, networkStatus, untilPodsRun } from './multus.ts';

export interface Account {
  /** How many pods ran with their second network. */
  readonly attached: number;
  /** How many ran without: a thick Multus that ends takes its configuration along, and the provider's network is left. */
  readonly passedOver: number;
  /** What the kubelet said of those whose network failed at first; it tries again. */
  readonly refusals: readonly string[];
}

/** Ends with the first pod that is attached after `act` is done. Rejects where a pod never runs. */
export async function attachMeanwhile(
  cluster: Cluster,
  network: string,
  act: () => Promise<void>,
): Promise<Account> {
  const done = new AbortController();
  const acting = act().finally(() => done.abort());
  const wereAttached: boolean[] = [];
  try {
    while (!done.signal.aborted || wereAttached.at(-1) !== true) {
      wereAttached.push(await comeAndGo(cluster, nameOf(wereAttached.length), network));
    }
  } finally {
    await acting;
  }
  const attached = wereAttached.filter(Boolean).length;
  const refusals = await refusalsOf(cluster, new Set(wereAttached.map((_, index) => nameOf(index))));
  return { attached, passedOver: wereAttached.length - attached, refusals };
}

function nameOf(index: number): string {
  return `passer-by-${index + 1}`;
}

/** Resolves to whether the pod had its second network while it ran. */
async function comeAndGo(cluster: Cluster, pod: string, network: string): Promise<boolean> {
  await cluster.apply([attachedPod(pod, network)]);
  await untilPodsRun(cluster, pod);
  const status = await networkStatus(cluster, pod);
  await cluster.kubectl('delete', 'pod', pod, '--wait=false');
  return status?.ips?.[0] !== undefined;
}

/** The reasons of the kubelet's warnings when a pod's network can't be made or unmade. */
const ofNetwork = new Set(['FailedCreatePodSandBox', 'FailedKillPod']);

async function refusalsOf(cluster: Cluster, pods: ReadonlySet<string>): Promise<string[]> {
  const events = await cluster.list<Event>('/api/v1/namespaces/default/events?fieldSelector=type%3DWarning');
  return events
    .filter(({ reason, involvedObject: { name } }) => pods.has(name) && ofNetwork.has(reason))
    .map(({ message }) => message);
}
