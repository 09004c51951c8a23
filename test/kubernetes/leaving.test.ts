// Proves that pods start after `helm uninstall`, by the cluster's own network, whatever was set; Multus leaves no dead
// configuration behind.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
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
import { multusOfChart, Release, wishFrom } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';

const archive = pluginsArchive(current);
const range = { subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', rangeEnd: '192.0.2.99' };
const ipam = { type: 'host-local', ranges: [[range]] };
const macvlan = attachment('macvlan', { type: 'macvlan', master: 'eth0', ipam });

/** What the runtime reads its configuration from, by name. */
async function configuration(cluster: Cluster): Promise<string[]> {
  return (await cluster.node.host('ls -A /etc/cni/net.d')).split('\n').filter((name) => name !== '');
}

async function expectPodsToStart(cluster: Cluster, name: string): Promise<void> {
  await cluster.apply([attachedPod(name, 'macvlan')]);
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
      await release.upgrade({ mode: 'thick' });
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
