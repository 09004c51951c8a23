// Proves that nodes with different releases serve side by side in the middle of a roll-out, and that the pods' status tells.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { deliverArchive, deliveredDir, pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { DaemonSet } from './cluster/api-objects.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { installerImage } from './cluster/installer-image.ts';
import { reportedVersions } from './cluster/installer-in-pod.ts';
import {
  attachedPod,
  attachment,
  daemonSetPath,
  multusPods,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilRuntimesCallMultus,
} from './cluster/multus.ts';
import { multusOfChart, Release, wish } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';

const [before, after] = [pluginsArchive('v1.6.2'), pluginsArchive(current)];

const macvlan = (name: string, address: string): unknown =>
  attachment(name, { type: 'macvlan', master: 'eth0', ipam: { type: 'static', addresses: [{ address }] } });

const policy = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'brake' } };

/** Nobody deletes Multus' pod on node2, the DaemonSet's controller neither: so a roll-out stops before that node. */
const brake = [
  {
    ...policy,
    kind: 'ValidatingAdmissionPolicy',
    spec: {
      matchConstraints: {
        objectSelector: { matchLabels: { app: 'multus' } },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['pods'] },
        ],
      },
      validations: [{ expression: 'oldObject.spec.nodeName != "node2"' }],
    },
  },
  {
    ...policy,
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: { policyName: 'brake', validationActions: ['Deny'] },
  },
];

/** The API server works a policy in some time after it took it. */
async function untilBrakeIs(what: 'on' | 'off', cluster: Cluster): Promise<void> {
  const pods = await multusPods(cluster);
  const name = pods.find(({ spec }) => spec.nodeName === 'node2')?.metadata.name ?? '';
  const attempt = ['delete', 'pod', name, '--namespace=kube-system', '--dry-run=server'];
  await cluster.until(`the brake is ${what}`, async () => {
    const works = await cluster.kubectl(...attempt).then(
      () => 'off',
      () => 'on',
    );
    return works === what ? true : undefined;
  });
}

async function applyBrake(cluster: Cluster): Promise<void> {
  await cluster.apply(brake);
  await untilBrakeIs('on', cluster);
}

async function releaseBrake(cluster: Cluster): Promise<void> {
  await cluster.kubectl('delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', 'brake');
  await untilBrakeIs('off', cluster);
  // The controller tries again with growing pauses; a change makes it look at once.
  await cluster.kubectl('annotate', '--namespace=kube-system', 'daemonset/kube-multus-ds', 'brake=off');
}

/** Resolves when the roll-out has come to node2, and not into it. */
async function untilHalfWay(cluster: Cluster): Promise<void> {
  await cluster.until('the roll-out is half way', async () => {
    const { status } = (await cluster.find<DaemonSet>(daemonSetPath)) ?? {};
    return status?.updatedNumberScheduled === 1 && status.numberReady === 2 ? true : undefined;
  });
  await untilRuntimesCallMultus(cluster);
}

async function ping(cluster: Cluster, pod: string, address: string): Promise<void> {
  await cluster.kubectl('exec', pod, '--', 'ping', '-c', '1', '-W', '5', '-I', 'net1', address);
}

describeInCluster('two nodes in the middle of a roll-out', () => {
  it('attach pods with different releases, which the status of the pods tells', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('version skew', { images, nodes: 2 }, async ({ cluster, reached }) => {
      for (const { node } of cluster.workers) {
        for (const archive of [before, after]) await deliverArchive(node, archive);
      }
      const release = new Release(cluster);
      const onNode = { source: 'hostPath', hostPath: { path: deliveredDir } };
      await release.install({ cniPlugins: { ...onNode, ...wish(before) } });
      await untilMultusServes(cluster);
      expect(await reportedVersions(cluster)).toEqual({ node1: 'v1.6.2', node2: 'v1.6.2' });
      reached('both nodes have v1.6.2');

      await applyBrake(cluster);
      await release.upgrade({ cniPlugins: wish(after) });
      await untilHalfWay(cluster);
      expect(await reportedVersions(cluster)).toEqual({ node1: current, node2: 'v1.6.2' });
      reached('one has v1.9.1');

      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan('of-node1', '192.0.2.11/24'), macvlan('of-node2', '192.0.2.12/24')]);
      await cluster.apply([
        attachedPod('on-node1', 'of-node1', 'node1'),
        attachedPod('on-node2', 'of-node2', 'node2'),
      ]);
      await expectAttached(cluster, 'on-node1', /^192\.0\.2\.11$/);
      await expectAttached(cluster, 'on-node2', /^192\.0\.2\.12$/);
      await ping(cluster, 'on-node1', '192.0.2.12');
      reached('pods on both are attached, and reach each other');

      await releaseBrake(cluster);
      await untilMultusServes(cluster);
      expect(await reportedVersions(cluster)).toEqual({ node1: current, node2: current });
      await ping(cluster, 'on-node2', '192.0.2.11');
      reached('both have v1.9.1');
    });
  });
});
