// Proves what docs/upgrade.md says of pods that are made while Multus' pod is replaced: that some miss their networks, how they
// are found, and what keeps them from it.

import { expect, it } from 'vitest';
import { documentedCommand } from '../docs/commands.ts';
import { current } from '../support/node/installer-container.ts';
import { deliverArchive, deliveredDir, pluginsArchive } from '../support/node/plugins-archive.ts';
import { project } from '../support/project.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import { type Account, attachMeanwhile } from './cluster/attach-meanwhile.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { installerImage } from './cluster/installer-image.ts';
import { reportedVersions, untilInstallerEnds } from './cluster/installer-in-pod.ts';
import {
  attachedPod,
  attachment,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilPodsRun,
} from './cluster/multus.ts';
import { unpackPlugins } from './cluster/plugins-of-others.ts';
import { multusOfChart, Release, wish } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';
import { Terminal } from './cluster/terminal.ts';
import { providersPlugins } from './cluster/worker.ts';

const page = 'docs/upgrade.md';
const [before, after] = [pluginsArchive('v1.6.2'), pluginsArchive(current)];
const range = { subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', rangeEnd: '192.0.2.199' };
const macvlan = attachment('macvlan', {
  type: 'macvlan',
  master: 'eth0',
  ipam: { type: 'host-local', ranges: [[range]] },
});
const onNode = { ...wish(before), source: 'hostPath', hostPath: { path: deliveredDir } };

/** The documented upgrade that sets this value first. */
function upgradeWith(value: string): string {
  const upgrade = 'helm upgrade multus ./manifests/chart --namespace kube-system --reuse-values --set';
  return documentedCommand(page, `${upgrade} ${value}`);
}

/** What a cluster has before Multus comes: its own network, and the archives that this site installs. */
async function prepareNodes(cluster: Cluster): Promise<void> {
  for (const { node } of cluster.workers) {
    await unpackPlugins(node, before, providersPlugins);
    for (const archive of [before, after]) await deliverArchive(node, archive);
  }
}

async function untilNetworksAreKnown(cluster: Cluster): Promise<void> {
  await untilMultusServes(cluster);
  await untilAttachmentsAreKnown(cluster);
  await cluster.apply([macvlan]);
}

function told({ attached, passedOver, refusals }: Account): string {
  return `pods: ${attached} attached, ${passedOver} passed over, ${refusals.length} refusals`;
}

describeInCluster('pods that are made while thick Multus is replaced', () => {
  it('miss their networks for good, are found, and miss none behind a cordon', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('roll-out, thick', { images, nodes: 2 }, async ({ cluster, reached }) => {
      await prepareNodes(cluster);
      const release = new Release(cluster);
      const terminal = new Terminal(cluster, project);
      await release.install({ cniPlugins: onNode });
      await untilNetworksAreKnown(cluster);
      reached('Multus serves');

      // As its daemon does when it ends, and until the next one has started.
      await cluster.node.host('mv /etc/cni/net.d/00-multus.conf /run/');
      await cluster.until('the runtime has the own network of the cluster alone', async () =>
        (await cluster.node.cri.loadedCniConfig()).includes('multus-cni-network') ? undefined : true,
      );
      await cluster.apply([
        attachedPod('missed', 'macvlan', 'node1'),
        attachedPod('whole', 'macvlan', 'node2'),
      ]);
      await untilPodsRun(cluster, 'missed', 'whole');
      const found = await terminal.type(documentedCommand(page, 'kubectl get pods --all-namespaces -o json'));
      expect(found).toBe('default/missed\n');
      await cluster.kubectl('delete', 'pods', '--all', '--namespace=default');
      await cluster.node.host('mv /run/00-multus.conf /etc/cni/net.d/');
      await untilMultusServes(cluster);
      reached('a pod has missed its network, and is found');

      await terminal.type(upgradeWith('updateStrategy.type'));
      await release.upgrade({ cniPlugins: wish(after) });
      const account = await attachMeanwhile(cluster, 'macvlan', async () => {
        await terminal.type(documentedCommand(page, 'for node in'));
      });
      expect(await reportedVersions(cluster)).toEqual({ node1: current, node2: current });
      expect(account).toMatchObject({ passedOver: 0, refusals: [] });
      reached(`rolled out behind a cordon; ${told(account)}`);
    });
  });
});

describeInCluster('pods that are made while thin Multus is replaced', () => {
  it('are all attached where the new pod comes before the old one goes', async () => {
    const images = [await busyboxImage(), await multusOfChart('thin'), installerImage()];

    await inCluster('roll-out, thin', { images }, async ({ cluster, reached }) => {
      await prepareNodes(cluster);
      const release = new Release(cluster);
      const terminal = new Terminal(cluster, project);
      await release.install({ mode: 'thin', cniPlugins: onNode });
      await untilNetworksAreKnown(cluster);
      const surge = upgradeWith('updateStrategy.rollingUpdate.maxSurge');
      await expect(terminal.type(surge)).rejects.toThrow(/take the new ones' configuration along/);
      await terminal.type(upgradeWith('multus.cleanUpConfigOnExit'));
      await terminal.type(documentedCommand(page, 'kubectl -n kube-system rollout status'));
      await terminal.type(surge);
      await untilMultusServes(cluster);
      reached('Multus serves');

      const account = await attachMeanwhile(cluster, 'macvlan', async () => {
        await release.upgrade({ cniPlugins: wish(after) });
        await untilMultusServes(cluster);
      });
      expect(await reportedVersions(cluster)).toEqual({ node1: current });
      expect(account).toMatchObject({ passedOver: 0, refusals: [] });
      reached(`rolled out with a surge; ${told(account)}`);

      await cluster.kubectl('delete', 'pods', '--all', '--namespace=default');
      await release.uninstall();
      await cluster.apply([attachedPod('afterwards', 'macvlan')]);
      await untilPodsRun(cluster, 'afterwards');
      reached('and it leaves a node whose pods start');
    });
  });
});

describeInCluster('a release of the plugins that was placed ahead', () => {
  it('is on each node before Multus is touched, which then finds nothing to do', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('roll-out, ahead', { images }, async ({ cluster, reached }) => {
      await prepareNodes(cluster);
      const release = new Release(cluster);
      const terminal = new Terminal(cluster, project);
      const site = {
        resources: wish(after)['resources'],
        source: 'hostPath',
        hostPath: { path: deliveredDir },
      };
      await release.install({ cniPlugins: { ...onNode, sha256: { ...(wish(before)['sha256'] as object) } } });
      await untilMultusServes(cluster);
      const digest = `--set cniPlugins.sha256.${Object.keys(wish(after)['sha256'] as object)[0]}=${after.sha256}`;
      const ours = `--set-json 'cniPlugins=${JSON.stringify(site)}' ${digest}`;

      await terminal.type(`${documentedCommand(page, 'helm install cni-plugins-ahead')} ${ours}`);
      await terminal.type(documentedCommand(page, 'helm test cni-plugins-ahead'));
      expect(await reportedVersions(cluster)).toEqual({ node1: 'v1.6.2' });
      reached('placed ahead, and tested');

      await terminal.type(`${upgradeWith('cniPlugins.version')} ${digest}`);
      await untilMultusServes(cluster);
      const end = await untilInstallerEnds(cluster);
      expect(end).toMatchObject({ report: { outcome: 'unchanged', version: current } });
      await terminal.type(documentedCommand(page, 'helm uninstall cni-plugins-ahead'));
      reached('Multus is rolled out, and its installer had nothing to do');
    });
  });
});
