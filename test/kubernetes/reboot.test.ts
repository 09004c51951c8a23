// Proves that a node which is switched off hard comes back by itself, without asking any network.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { installerImage } from './cluster/installer-image.ts';
import { multusImage } from './cluster/multus-image.ts';
import {
  attachedPod,
  attachment,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilPodRunsAgain,
} from './cluster/multus.ts';
import { applySite } from './cluster/site.ts';
import { inCluster } from './cluster/story.ts';

const archive = pluginsArchive(current);
const macvlan = attachment('macvlan', {
  type: 'macvlan',
  master: 'eth0',
  ipam: { type: 'static', addresses: [{ address: '192.0.2.10/24' }] },
});

/** From now on the kernel counts what leaves for this port. */
async function countPacketsTo(port: string, node: ThrowawayNode): Promise<void> {
  await node.host(`iptables -A OUTPUT -p tcp --dport ${port}`);
}

async function packetsTo(port: string, node: ThrowawayNode): Promise<number> {
  const rules = await node.host('iptables -nvxL OUTPUT');
  const [, packets] = new RegExp(`^ *(\\d+) .* tcp dpt:${port}$`, 'm').exec(rules) ?? [];
  return Number(packets);
}

describeInCluster('a node that is switched off hard, and on again while the mirror is down', () => {
  it('comes back, and asks nobody', async () => {
    const images = [await busyboxImage(), await multusImage('thick'), installerImage()];

    await inCluster('reboot', { images }, async ({ cluster, reached }) => {
      const mirror = await startMirror(cluster.node);
      const { port } = new URL(mirror.url);
      await applySite(cluster, { mode: 'thick', archive, mirror: mirror.url, components: ['install'] });
      await untilMultusServes(cluster);
      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan, attachedPod('app', 'macvlan')]);
      await expectAttached(cluster, 'app', /^192\.0\.2\.10$/);
      const before = await untilInstallerEnds(cluster);
      await mirror[Symbol.asyncDispose]();
      reached('a pod is attached');

      await cluster.reboot(async (node) => {
        expect(await node.mountinfo('/')).toMatchObject({ shared: false });
        await countPacketsTo(port, node);
      });
      const after = await untilInstallerEnds(cluster, before);
      reached('the installer has run again');

      expect(after.exitCode).toBe(0);
      expect(after.report.outcome).toMatch(/^(unchanged|repaired)$/);
      expect(await packetsTo(port, cluster.node)).toBe(0);
      expect(await cluster.node.mountinfo('/')).toMatchObject({ shared: true });
      await untilMultusServes(cluster);
      await untilPodRunsAgain(cluster, 'app');
      await expectAttached(cluster, 'app', /^192\.0\.2\.10$/);
      reached('the pod is attached again');
    });
  });
});
