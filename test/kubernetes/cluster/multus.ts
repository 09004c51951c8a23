// Multus in a cluster: its pod, when it serves, networks to attach, and pods that ask for them.

import type { DaemonSet, Event, NetworkStatus, Pod } from './api-objects.ts';
import type { Cluster } from './cluster.ts';

export const daemonSetPath = '/apis/apps/v1/namespaces/kube-system/daemonsets/kube-multus-ds';
const podsPath = '/api/v1/namespaces/kube-system/pods?labelSelector=app%3Dmultus';

/** Multus' pods that are to stay. */
export async function multusPods(cluster: Cluster): Promise<readonly Pod[]> {
  const pods = await cluster.list<Pod>(podsPath);
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Multus' pod that is to stay, of a cluster with one node. */
export async function multusPod(cluster: Cluster): Promise<Pod | undefined> {
  const [pod] = await multusPods(cluster);
  return pod;
}

/** Resolves when the DaemonSet is rolled out, and the runtime of each node calls Multus for new pods. */
export async function untilMultusServes(cluster: Cluster): Promise<void> {
  await cluster.until('Multus is Ready on every node', async () => {
    const found = await cluster.find<DaemonSet>(daemonSetPath);
    return found !== undefined && isRolledOut(found) ? true : undefined;
  });
  await untilRuntimesCallMultus(cluster);
}

/** Resolves when the runtime of each node has Multus' configuration; the DaemonSet may be in the middle of a roll-out. */
export async function untilRuntimesCallMultus(cluster: Cluster): Promise<void> {
  // Multus has no readiness probe: it writes its configuration some time after it is Ready.
  for (const { name, node } of cluster.workers) {
    await cluster.until(`the runtime of ${name} has Multus' configuration`, async () =>
      (await node.cri.loadedCniConfig()).includes('multus-cni-network') ? true : undefined,
    );
  }
}

function isRolledOut({ metadata, status }: DaemonSet): boolean {
  const { desiredNumberScheduled: desired, updatedNumberScheduled, numberReady } = status;
  const upToDate = status.observedGeneration === metadata.generation && updatedNumberScheduled === desired;
  return upToDate && desired > 0 && numberReady === desired;
}

/** A NetworkAttachmentDefinition in the namespace `default`. */
export function attachment(name: string, plugin: Readonly<Record<string, unknown>>): unknown {
  return {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { name, namespace: 'default' },
    spec: { config: JSON.stringify({ cniVersion: '1.0.0', name, ...plugin }) },
  };
}

/** The API server takes attachments only when it has worked Multus' definition of them in. */
export async function untilAttachmentsAreKnown(cluster: Cluster): Promise<void> {
  const definition = 'customresourcedefinition/network-attachment-definitions.k8s.cni.cncf.io';
  await cluster.kubectl('wait', '--for=condition=established', '--timeout=30s', definition);
}

/** A pod in the namespace `default` that wants this network as its second, on this node or on any. */
export function attachedPod(name: string, network: string, node?: string): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', annotations: { 'k8s.v1.cni.cncf.io/networks': network } },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'app', image: 'localhost/busybox:test', command: ['sleep', '3600'] }],
    },
  };
}

/** Resolves when each of the pods runs. */
export async function untilPodsRun(cluster: Cluster, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await cluster.until(`the pod ${name} runs`, async () => {
      const pod = await cluster.find<Pod>(`/api/v1/namespaces/default/pods/${name}`);
      return pod?.status.phase === 'Running' ? true : undefined;
    });
  }
}

/** Resolves when the pod, whose node was down, runs anew. */
export async function untilPodRunsAgain(cluster: Cluster, name: string): Promise<void> {
  await cluster.until(`the pod ${name} runs again`, async () => {
    const pod = await cluster.find<Pod>(`/api/v1/namespaces/default/pods/${name}`);
    const [container] = pod?.status.containerStatuses ?? [];
    return container?.ready === true && container.restartCount > 0 ? true : undefined;
  });
}

/** What Multus says in the pod's annotation about this interface. */
export async function networkStatus(
  cluster: Cluster,
  pod: string,
  networkInterface = 'net1',
): Promise<NetworkStatus | undefined> {
  const found = await cluster.find<Pod>(`/api/v1/namespaces/default/pods/${pod}`);
  const annotation = found?.metadata.annotations?.['k8s.v1.cni.cncf.io/network-status'] ?? '[]';
  const networks = JSON.parse(annotation) as readonly NetworkStatus[];
  return networks.find((network) => network.interface === networkInterface);
}

/** Resolves to the message of the first warning about this pod that the words occur in. */
export async function untilWarned(cluster: Cluster, pod: string, words: string): Promise<Event> {
  return cluster.until(`a warning about ${pod} with the words: ${words}`, async () => {
    const events = await cluster.list<Event>('/api/v1/events?fieldSelector=type%3DWarning');
    return events.find(
      ({ involvedObject, message }) => involvedObject.name === pod && message.includes(words),
    );
  });
}
