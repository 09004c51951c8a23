// Proves that pods start after `helm uninstall`, by the cluster's own network, whatever was set; Multus leaves no dead
// configuration behind.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { deliverArchive, deliveredDir, pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Node } from './cluster/api-objects.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { installerImage } from './cluster/installer-image.ts';
import {
  attachedPod,
  attachment,
  networkStatus,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilPodsRun,
} from './cluster/multus.ts';
import { binDirListing, unpackPlugins } from './cluster/plugins-of-others.ts';
import { multusOfChart, Release, wish, wishFrom } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';
import { providersPlugins } from './cluster/worker.ts';

const archive = pluginsArchive(current);
const range = { subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', rangeEnd: '192.0.2.99' };
const ipam = { type: 'host-local', ranges: [[range]] };
const macvlan = attachment('macvlan', { type: 'macvlan', master: 'eth0', ipam });

/** What the runtime reads its configuration from, by name. */
async function configuration(cluster: Cluster): Promise<string[]> {
  return (await cluster.node.host('ls -A /etc/cni/net.d')).split('\n').filter((name) => name !== '');
}

async function expectPodsToStart(cluster: Cluster, name: string, node?: string): Promise<void> {
  await cluster.apply([attachedPod(name, 'macvlan', node)]);
  await untilPodsRun(cluster, name);
  expect(await networkStatus(cluster, name)).toBeUndefined();
}

describeInCluster('a release that goes without a clean-up of the nodes', () => {
  it('leaves a node whose pods start, thin and thick, and from the one to the other', async () => {
    const images = [
      await busyboxImage(),
      await multusOfChart('thin'),
      await multusOfChart('thick'),
      installerImage(),
    ];

    await inCluster('leaving', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      const release = new Release(cluster);
      const cniPlugins = wishFrom(mirror.url, archive);
      const found = await configuration(cluster);

      await release.install({ mode: 'thin', cniPlugins });
      await untilMultusServes(cluster);
      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan, attachedPod('thin', 'macvlan')]);
      await expectAttached(cluster, 'thin', /^192\.0\.2\.\d+$/);
      reached('thin Multus serves');

      await release.uninstall();
      await expectPodsToStart(cluster, 'after-thin');
      reached('thin Multus is gone, and pods start');

      await release.install({ mode: 'thin', cniPlugins });
      await untilMultusServes(cluster);
      await deliverArchive(cluster.node, archive);
      await release.upgrade({
        mode: 'thick',
        cniPlugins: { source: 'hostPath', hostPath: { path: deliveredDir } },
      });
      await untilMultusServes(cluster);
      expect(await configuration(cluster)).not.toContain('00-multus.conflist');
      await cluster.apply([attachedPod('thick', 'macvlan')]);
      await expectAttached(cluster, 'thick', /^192\.0\.2\.\d+$/);
      reached('from thin to thick');

      await release.uninstall();
      await expectPodsToStart(cluster, 'after-thick');
      expect((await configuration(cluster)).filter((name) => name !== 'multus.d')).toEqual(found);
      reached('thick Multus is gone, and pods start');
    });
  });
});

async function untilUnreachable(cluster: Cluster, name: string): Promise<void> {
  await cluster.until(
    `${name} is known to be unreachable`,
    async () => {
      const found = await cluster.find<Node>(`/api/v1/nodes/${name}`);
      const keys = found?.spec?.taints?.map(({ key }) => key) ?? [];
      return keys.includes('node.kubernetes.io/unreachable') ? true : undefined;
    },
    120_000,
  );
}

describeInCluster('a release whose clean-up can not reach a node', () => {
  it('goes from no node before it can go from all, and says which one it waits for', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('a dead node', { images, nodes: 2 }, async ({ cluster, reached }) => {
      for (const { node } of cluster.workers) {
        await unpackPlugins(node, archive, providersPlugins);
        await deliverArchive(node, archive);
      }
      const found = await binDirListing(cluster.node);
      const release = new Release(cluster);
      const cniPlugins = { ...wish(archive), source: 'hostPath', hostPath: { path: deliveredDir } };
      await release.install({ cniPlugins, uninstall: { cleanUpNodes: true, timeoutSeconds: 15 } });
      await untilMultusServes(cluster);
      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan]);
      reached('Multus serves');

      await cluster.switchOff('node2');
      await untilUnreachable(cluster, 'node2');
      const waiting = /1 of 2 nodes are within reach; waiting for node2 \(its kubelet does not answer\)/;
      await expect(release.uninstall()).rejects.toThrow(waiting);
      const logs = ['logs', '--namespace=kube-system', 'job/kube-multus-ds-reach'];
      expect(await cluster.kubectl(...logs)).toMatch(waiting);
      await cluster.apply([attachedPod('still-served', 'macvlan', 'node1')]);
      await expectAttached(cluster, 'still-served', /^192\.0\.2\.\d+$/);
      reached('one node is dead: uninstall fails and names it, the other is served as before');

      await expect(release.upgrade({})).rejects.toThrow(/has no deployed releases/);
      await release.rollback(1);
      reached('the release is kept after all');

      await cluster.switchOn('node2');
      await cluster.untilReady();
      await cluster.kubectl('delete', 'pods', '--all', '--namespace=default');
      await release.uninstall();
      expect(await binDirListing(cluster.node)).toEqual(found);
      await expectPodsToStart(cluster, 'on-node1', 'node1');
      await expectPodsToStart(cluster, 'on-node2', 'node2');
      reached('the node is back: uninstall goes through, and pods start on both');
    });
  });
});
