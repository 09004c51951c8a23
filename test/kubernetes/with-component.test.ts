// Proves that our component over upstream's manifest is all that a bare node needs: Multus serves, and networks are attached.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { installerEnd } from './cluster/installer-in-pod.ts';
import { installerImage } from './cluster/installer-image.ts';
import { multusImage } from './cluster/multus-image.ts';
import {
  attachedPod,
  attachment,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilWarned,
} from './cluster/multus.ts';
import { makeSite } from './cluster/site.ts';
import { inCluster } from './cluster/story.ts';
import { Terminal } from './cluster/terminal.ts';
import { expectInDocs } from './cluster/transcript.ts';

const archive = pluginsArchive(current);

const range = { subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', rangeEnd: '192.0.2.20' };
const fixed = (address: string): unknown => ({ type: 'static', addresses: [{ address }] });

const networks = {
  macvlan: { type: 'macvlan', master: 'eth0', ipam: { type: 'host-local', ranges: [[range]] } },
  'macvlan-fixed': { type: 'macvlan', master: 'eth0', ipam: fixed('198.51.100.7/24') },
  bridge: { type: 'bridge', bridge: 'second', ipam: fixed('203.0.113.7/24') },
  ipvlan: { type: 'ipvlan', master: 'eth0', ipam: fixed('203.0.113.107/24') },
} as const;

const files = {
  'macvlan.yml': [attachment('macvlan', networks.macvlan)],
  'pod.yml': [attachedPod('app', 'macvlan')],
};

const showSummary =
  "kubectl get pods -n kube-system -l name=multus -o jsonpath='{..initContainerStatuses[0].state.terminated.message}'" +
  ` | grep -o '"summary":"[^"]*"'`;

const showNetworkStatus =
  "kubectl get pod app -o jsonpath='{.metadata.annotations.k8s\\.v1\\.cni\\.cncf\\.io/network-status}'";

const others = ['macvlan-fixed', 'bridge', 'ipvlan'] as const;

/** A kernel may be built without a kind of device; then the best plugin has no way to make one. */
async function kernelMakes(cluster: Cluster, device: string): Promise<boolean> {
  const attempt = `ip link add link eth0 name probe type ${device} && ip link del probe && echo yes || true`;
  return (await cluster.node.host(attempt)).includes('yes');
}

describeInCluster("our component over upstream's manifest, on a bare node", () => {
  it.each(['thick', 'thin'] as const)('brings Multus up, and attaches networks: %s', async (mode) => {
    const images = [await busyboxImage(), await multusImage(mode), installerImage()];

    await inCluster(`with our component, ${mode}`, { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      const site = { mode, archive, mirror: mirror.url, components: ['install', 'order-guard'], files };
      await using directory = await makeSite(site);
      const terminal = new Terminal(cluster, directory.path);

      await terminal.type('cat kustomization.yaml');
      await terminal.type('kubectl apply -k .');
      await untilMultusServes(cluster);
      await terminal.type('kubectl rollout status -n kube-system daemonset/kube-multus-ds');
      await terminal.type(showSummary);
      expect(await installerEnd(cluster)).toMatchObject({
        exitCode: 0,
        report: { outcome: 'installed', mounts: { shared: true, changed: expect.arrayContaining(['/']) } },
      });
      expect(await cluster.node.mountinfo('/')).toMatchObject({ shared: true });
      reached('Multus serves');

      await untilAttachmentsAreKnown(cluster);
      await terminal.type('kubectl apply -f macvlan.yml -f pod.yml');
      await expectAttached(cluster, 'app', /^192\.0\.2\.1\d$/);
      await terminal.type('kubectl get pods -A');
      await terminal.type('kubectl exec app -- ip -4 addr show net1');
      await terminal.type(showNetworkStatus);
      reached('macvlan is attached');

      await cluster.apply(others.map((name) => attachment(name, networks[name])));
      await cluster.apply(others.map((name) => attachedPod(`with-${name}`, name)));
      await expectAttached(cluster, 'with-macvlan-fixed', /^198\.51\.100\.7$/);
      await expectAttached(cluster, 'with-bridge', /^203\.0\.113\.7$/);
      reached('bridge is attached');

      if (await kernelMakes(cluster, 'ipvlan')) {
        await expectAttached(cluster, 'with-ipvlan', /^203\.0\.113\.107$/);
        reached('ipvlan is attached');
      } else {
        // The words are the plugin's own: so it was found and run, and what is missing is in the kernel.
        await untilWarned(cluster, 'with-ipvlan', 'failed to create ipvlan: operation not supported');
        reached('ipvlan is refused by this kernel, which has no such device');
      }
      if (mode === 'thick') expectInDocs(terminal.transcript());
    });
  });
});
