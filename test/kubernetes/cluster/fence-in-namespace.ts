// The components that tell Kubernetes, moved into a namespace of their own: whether the fence came along.

import { expect } from 'vitest';
import type { Objects } from '../../manifests/objects.ts';
import { withLayers } from '../../manifests/kustomization.ts';
import { manifest } from '../../manifests/render.ts';
import type { Pod } from './api-objects.ts';
import { boundToken, withToken } from './as-watch.ts';
import type { Cluster } from './cluster.ts';
import { conditionPatch, conditionType, says } from './expect-fence.ts';

const namespace = 'networks';
const layers = [['watch', 'node-condition', 'startup-taint'], ['events']];

/** @param stranger a Node that no pod of the namespace runs on */
export async function expectFenceInNamespace(cluster: Cluster, stranger: string): Promise<void> {
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
  await cluster.apply([
    ...accessOf(withLayers(manifest('multus-daemonset-thick.yml'), namespace, layers)),
    teller,
  ]);
  const pod = await cluster.until('the pod of the account', () =>
    cluster.find<Pod>(`/api/v1/namespaces/${namespace}/pods/teller`),
  );
  const token = await boundToken(cluster, pod);
  const told = (node: string): Promise<string> =>
    withToken(cluster, token, {
      path: `/api/v1/nodes/${node}/status`,
      patch: 'strategic-merge',
      body: conditionPatch(conditionType),
    });

  await cluster.until('the fence judges the account', async () =>
    (await told(stranger)).includes(says('change the Node that it runs on, and no other')) ? true : undefined,
  );
  expect(await told('node1')).toBe('Node');
  const event = (about: string): Promise<string> =>
    withToken(cluster, token, {
      method: 'POST',
      path: '/api/v1/namespaces/default/events',
      body: {
        metadata: { generateName: 'told.' },
        involvedObject: { kind: 'Node', name: about },
        reportingComponent: 'cni-plugins-installer',
        reportingInstance: 'node1',
      },
    });
  await cluster.until('the fence judges Events', async () =>
    (await event(stranger)).includes(says('write Events about the Node that it runs on')) ? true : undefined,
  );
  expect(await event('node1')).toBe('Event');
}

/** On that node by decree, so that its token names it; what it does there does not matter. */
const teller = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'teller', namespace },
  spec: {
    nodeName: 'node1',
    serviceAccountName: 'cni-plugins-watch',
    hostNetwork: true,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'app', image: 'localhost/busybox:test', command: ['sleep', '3600'] }],
  },
};

/** All but what runs. */
function accessOf(objects: Objects): Objects {
  return objects.filter(
    ({ kind, metadata }) => metadata.name.startsWith('cni-plugins-watch') && kind !== 'DaemonSet',
  );
}
