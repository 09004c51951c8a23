// Proves on a real cluster that `helm test` tells a node that has not what was wished from one that has.

import { expect, it } from 'vitest';
import { documentedCommand } from '../docs/commands.ts';
import { ownArch } from '../support/own-arch.ts';
import { project } from '../support/project.ts';
import { current } from '../support/node/installer-container.ts';
import { deliverArchive, deliveredDir, pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { installerImage } from './cluster/installer-image.ts';
import { multusPods } from './cluster/multus.ts';
import { unpackPlugins } from './cluster/plugins-of-others.ts';
import { multusOfChart, Release, wish } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';
import { Terminal } from './cluster/terminal.ts';
import { providersPlugins } from './cluster/worker.ts';

const [before, after] = [pluginsArchive('v1.6.2'), pluginsArchive(current)];

const upgrade =
  'helm upgrade multus ./manifests/chart --namespace kube-system --reuse-values --set cniPlugins.version';
const rollOut = documentedCommand('docs/upgrade.md', 'kubectl -n kube-system rollout status');

async function untilOneNodeFails(cluster: Cluster): Promise<void> {
  await cluster.until('the installer has failed on a node, and waits there', async () => {
    const statuses = (await multusPods(cluster)).flatMap(({ status }) => status.initContainerStatuses ?? []);
    const waiting = statuses.map(({ state }) => state.waiting?.reason);
    return waiting.includes('CrashLoopBackOff') ? true : undefined;
  });
}

describeInCluster('helm test', () => {
  it('asks each node, and fails for one that is degraded, drifted, or never calls Multus', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('helm test', { images, nodes: 2 }, async ({ cluster, reached }) => {
      for (const { node } of cluster.workers) {
        await unpackPlugins(node, before, providersPlugins);
        await deliverArchive(node, before);
        await deliverArchive(node, after);
      }
      const release = new Release(cluster);
      const terminal = new Terminal(cluster, project);
      const onNode = { source: 'hostPath', hostPath: { path: deliveredDir } };
      await release.install({ cniPlugins: { ...onNode, ...wish(before) } });

      const fresh = await release.test();
      expect(fresh.said).toMatch(/^node1 +v1\.6\.2 +installed +intact +called +ready$/m);
      expect(fresh.said).toMatch(/^node2 +v1\.6\.2 +installed +intact +called +ready$/m);
      expect(fresh).toMatchObject({ passed: true, said: expect.stringContaining('2 of 2 nodes are well') });
      reached('both nodes are well, and the table says so');

      // Word for word, with yesterday's digest among the values.
      await terminal.type(documentedCommand('docs/upgrade.md', upgrade));
      await terminal.type(rollOut);
      const degraded = await release.test();
      expect(degraded.passed).toBe(false);
      expect(degraded.said).toMatch(/^node1 +v1\.6\.2 +degraded +drifted +called +ready$/m);
      expect(degraded.said).toMatch(/^node2: degraded: .*is not the expected archive/m);
      expect(degraded.said).toMatch(/^node2: drifted: .*v1\.6\.2.*v1\.9\.1/m);
      reached('the roll-out went well, and both nodes are degraded');

      await release.upgrade({ cniPlugins: wish(after) });
      await terminal.type(rollOut);
      await terminal.type(documentedCommand('docs/upgrade.md', 'helm test multus'));
      await cluster.workers[1]?.node.host('rm /opt/cni/bin/macvlan');
      const drifted = await release.test();
      expect(drifted.passed).toBe(false);
      expect(drifted.said).toMatch(/^node2 +v1\.9\.1 +installed +drifted +called +ready\nnode1 /m);
      expect(drifted.said).toMatch(/^node2: drifted: .*macvlan is not there/m);
      expect(drifted.said).toContain('1 of 2 nodes are well');
      reached('one node has lost a plugin');

      const wrong = {
        cniPlugins: { strict: true, version: before.version, sha256: { [ownArch]: '0'.repeat(64) } },
      };
      await release.upgrade(wrong);
      await untilOneNodeFails(cluster);
      const reports = await terminal.type(documentedCommand('docs/troubleshooting.md', 'kubectl get pods'));
      expect(reports).toMatch(
        /^node\d +install-cni-plugins +degraded +v1\.9\.1 +.*is not the expected archive/m,
      );
      expect(reports).toMatch(/^node\d +install-cni-plugins +installed +v1\.9\.1 +Installed 8 plugins/m);
      expect(reports.trimEnd().split('\n')).toHaveLength(2);
      await release.upgrade({ cniPlugins: { ...wish(after), strict: false } });
      reached('the reports of both nodes are read while one is failing');

      await release.upgrade({ distribution: 'k3s', cniPlugins: { createBinDir: true } });
      await terminal.type(rollOut);
      const strange = await release.test();
      expect(strange.passed).toBe(false);
      expect(strange.said).toMatch(/^node1: not called: .*distribution/m);
      expect(strange.said).toMatch(/^node2: not called: .*distribution/m);
      reached('with the directories of another distribution all is green, and Multus is never called');
    });
  });
});
