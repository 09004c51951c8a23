// Proves our chart on a real cluster through a release's whole life: install, upgrade, rollback, test, uninstall.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { attachMeanwhile } from './cluster/attach-meanwhile.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { type InstallerEnd, untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { installerImage } from './cluster/installer-image.ts';
import {
  attachedPod,
  attachment,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilPodsRun,
} from './cluster/multus.ts';
import { binDirListing, unpackPlugins } from './cluster/plugins-of-others.ts';
import { multusOfChart, Release, wish, wishFrom } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';
import { providersPlugins } from './cluster/worker.ts';

const [before, after] = [pluginsArchive('v1.6.2'), pluginsArchive(current)];

const range = { subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', rangeEnd: '192.0.2.199' };
const ipam = { type: 'host-local', ranges: [[range]] };
const macvlan = attachment('macvlan', { type: 'macvlan', master: 'eth0', ipam });

/**
 * The network provider's; bridge of these and macvlan work but are nobody's release, of another owner and an old date; and a
 * link that leads nowhere.
 */
async function placeForeignPlugins(node: ThrowawayNode): Promise<void> {
  await unpackPlugins(node, before, [...providersPlugins, 'macvlan']);
  await node.host(`cd /opt/cni/bin
    for plugin in bridge macvlan; do echo "of another installer" >>$plugin; done
    ln -s /opt/vendor/static static
    chown -h 1234:1234 bridge static
    touch -h -d 2021-02-03 bridge macvlan static`);
}

/** Resolves when the new pod serves; to how the installer ended in it. */
async function untilAnotherServes(cluster: Cluster, last?: InstallerEnd): Promise<InstallerEnd> {
  const end = await untilInstallerEnds(cluster, last);
  await untilMultusServes(cluster);
  return end;
}

/** Resolves when nothing runs in the namespace of the release any more; nothing else ever ran there. */
async function untilNothingRuns(cluster: Cluster): Promise<void> {
  await cluster.until('nothing runs in kube-system', async () => {
    const names = await cluster.kubectl(
      'get',
      'daemonsets,jobs,pods',
      '--namespace=kube-system',
      '--output=name',
    );
    return names === '' ? true : undefined;
  });
}

/** While the pod of Multus is replaced, its own socket does not answer, and its own token is no longer good. */
const whileMultusIsAway = /failed to send CNI request|Unauthorized/;

describeInCluster('our chart, on a node with plugins of others', () => {
  it.each([
    { mode: 'thick', layout: 'hardened', securityContext: { capabilities: { add: ['FOWNER'] } } },
    { mode: 'thin', layout: 'simple', securityContext: {} },
  ] as const)('serves for the whole life of a release: $mode, $layout', async (site) => {
    const { mode, layout, securityContext } = site;
    const images = [await busyboxImage(), await multusOfChart(mode), installerImage()];

    await inCluster(`chart, ${mode}`, { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      await placeForeignPlugins(cluster.node);
      const found = await binDirListing(cluster.node);
      const configuration = await cluster.node.host('find /etc/cni/net.d -mindepth 1');
      const release = new Release(cluster);

      const cniPlugins = { ...wishFrom(mirror.url, before), securityContext };
      await release.install({ mode, layout, cniPlugins, uninstall: { cleanUpNodes: true } });
      const installed = await untilAnotherServes(cluster);
      expect(installed).toMatchObject({ exitCode: 0, report: { outcome: 'installed', version: 'v1.6.2' } });
      expect(await cluster.node.mountinfo('/')).toMatchObject({ shared: true });
      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan, attachedPod('app', 'macvlan')]);
      await expectAttached(cluster, 'app', /^192\.0\.2\.\d+$/);
      reached('installed, and a pod is attached');

      let upgraded = installed;
      const { attached, passedOver, refusals } = await attachMeanwhile(cluster, 'macvlan', async () => {
        await release.upgrade({ cniPlugins: wish(after) });
        upgraded = await untilAnotherServes(cluster, installed);
      });
      expect(upgraded).toMatchObject({ exitCode: 0, report: { outcome: 'installed', version: current } });
      expect(refusals.filter((refusal) => !whileMultusIsAway.test(refusal))).toEqual([]);
      reached(`upgraded; pods: ${attached} attached, ${passedOver} passed over, ${refusals.length} refusals`);

      const requests = mirror.requests();
      await release.rollback(1);
      const rolledBack = await untilAnotherServes(cluster, upgraded);
      expect(rolledBack).toMatchObject({ exitCode: 0, report: { version: 'v1.6.2' } });
      expect(rolledBack.report.plugins.placed).toEqual(upgraded.report.plugins.placed);
      expect(mirror.requests()).toEqual(requests);
      reached('rolled back, without a request');

      expect(await release.test()).toMatchObject({ passed: true });
      reached('tested');

      await cluster.kubectl('delete', 'pods', '--all', '--namespace=default');
      await release.uninstall();
      expect(await binDirListing(cluster.node)).toEqual(found);
      expect(await cluster.node.host('ls -A /var/lib/cni-plugins-installer')).toBe('');
      expect(await cluster.node.host('find /etc/cni/net.d -mindepth 1')).toBe(configuration);
      expect(await cluster.kubectl('get', 'network-attachment-definitions')).toContain('macvlan');
      await untilNothingRuns(cluster);
      await cluster.apply([attachedPod('afterwards', 'macvlan')]);
      await untilPodsRun(cluster, 'afterwards');
      reached('uninstalled; what was there before is back, and pods start');
    });
  });
});
