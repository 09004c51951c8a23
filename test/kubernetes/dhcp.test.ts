// Proves in a real cluster that a pod keeps the address that it has by DHCP while the daemon on its node is rolled out, and that
// Kubernetes is told where the DHCP server would have it otherwise.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { installerImage } from './cluster/installer-image.ts';
import { attachedPod, attachment, untilAttachmentsAreKnown, untilMultusServes } from './cluster/multus.ts';
import { multusOfChart, Release, wishFrom } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';

const ours = pluginsArchive(current);
const lan = attachment('lan', { type: 'macvlan', master: 'eth0', ipam: { type: 'dhcp' } });
const gateway = '198.51.100.1';

/** The node's disk is its memory: there, the plugins themselves count against a limit. */
const amounts = { cpu: '500m', memory: '300Mi' };
const dhcp = { resources: { requests: amounts, limits: amounts } };
const watch = { enabled: true, events: { enabled: true }, ...dhcp };
const plugins = ['bridge', 'dhcp', 'host-local', 'loopback', 'macvlan', 'portmap'];

/** A router of the network that the node's interface is in: beside the pods, as macvlan has it, and not the node itself. */
async function startRouter(cluster: Cluster): Promise<void> {
  await cluster.node.host(`
    ip netns add router
    ip link add link eth0 name router netns router type macvlan mode bridge
    ip -n router addr add ${gateway}/24 dev router
    ip -n router link set router up`);
  await serveAddresses(cluster, 100);
}

/** Whatever it has granted before is forgotten. */
async function serveAddresses({ node }: Cluster, first: number): Promise<void> {
  const settings = [
    `start 198.51.100.${first}`,
    `end 198.51.100.${first + 19}`,
    'interface router',
    'lease_file /run/router.leases',
    'pidfile /run/router.pid',
    'min_lease 1',
    'option subnet 255.255.255.0',
    `option router ${gateway}`,
    'option lease 12',
  ];
  await node.host(`
    if [ -e /run/router.pid ]; then kill $(cat /run/router.pid); while [ -e /run/router.pid ]; do sleep 0.05; done; fi
    : > /run/router.leases
    printf '%s\\n' ${settings.map((line) => `'${line}'`).join(' ')} > /run/router.conf
    ip netns exec router busybox udhcpd -f /run/router.conf > /run/router.log 2>&1 < /dev/null &`);
}

async function grants({ node }: Cluster): Promise<readonly string[]> {
  const log = await node.host('cat /run/router.log');
  return [...log.matchAll(/sending ACK to ([\d.]+)/g)].map(([, address = '']) => address);
}

async function told({ node }: Cluster, series: string): Promise<string> {
  const page = await node.host('curl --silent http://127.0.0.1:19918/metrics');
  return page.split('\n').find((line) => line.startsWith(`cni_plugins_installer_${series} `)) ?? '';
}

const daemonSet = ['--namespace=kube-system', 'daemonset/cni-plugins-watch'];

async function untilRolledOut(cluster: Cluster): Promise<void> {
  await cluster.kubectl('rollout', 'status', '--timeout=90s', ...daemonSet);
}

async function rollOut(cluster: Cluster): Promise<void> {
  await cluster.kubectl('rollout', 'restart', ...daemonSet);
  await untilRolledOut(cluster);
}

describeInCluster('an address by DHCP', () => {
  it('is the same after the daemon was rolled out, and is renewed by the new one', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('dhcp', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      await startRouter(cluster);
      await new Release(cluster).install({
        cniPlugins: { ...wishFrom(mirror.url, ours), plugins },
        watch,
        dhcp,
      });
      await untilInstallerEnds(cluster);
      await untilMultusServes(cluster);
      await untilAttachmentsAreKnown(cluster);
      await untilRolledOut(cluster);
      reached('Multus serves, and the daemon answers');

      await cluster.apply([lan, attachedPod('app', 'lan')]);
      await expectAttached(cluster, 'app', /^198\.51\.100\.1[0-2]\d$/);
      const [address = ''] = await grants(cluster);
      await cluster.kubectl('exec', 'app', '--', 'ping', '-c', '1', '-I', 'net1', gateway);
      reached(`a pod has ${address}, and reaches its gateway`);

      const before = (await grants(cluster)).length;
      await rollOut(cluster);
      reached('the daemon was rolled out');

      // One grant is the new daemon's own; the rest are renewals, each after half a lease.
      await cluster.until('the new daemon has renewed the lease twice', async () =>
        (await grants(cluster)).length >= before + 3 ? true : undefined,
      );
      expect(new Set(await grants(cluster))).toEqual(new Set([address]));
      await expectAttached(cluster, 'app', new RegExp(`^${address.replaceAll('.', '\\.')}$`));
      await cluster.kubectl('exec', 'app', '--', 'ping', '-c', '1', '-I', 'net1', gateway);
      expect(await told(cluster, 'dhcp_readopted_total{result="same"}')).toMatch(/ 1$/);
      expect(await told(cluster, 'dhcp_leases')).toMatch(/ 1$/);
      expect(await told(cluster, 'dhcp_lease_expired_total')).toMatch(/ 0$/);
      reached('the pod has its address still, renewed, and reaches its gateway');

      await serveAddresses(cluster, 200);
      await rollOut(cluster);
      await cluster.until('the Node says that the address moved', async () => {
        const described = await cluster.kubectl('describe', 'node', 'node1');
        return /CNIDhcpAddressMoved.* it has .* now grants 198\.51\.100\.2\d\d/.test(described) || undefined;
      });
      await expectAttached(cluster, 'app', new RegExp(`^${address.replaceAll('.', '\\.')}$`));
      expect(await told(cluster, 'dhcp_readopted_total{result="moved"}')).toMatch(/ 1$/);
      reached('another address from the server is told of the Node, and the pod is left as it is');
    });
  });
});
