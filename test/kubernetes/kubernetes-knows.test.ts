// Proves in a real cluster that Kubernetes knows how a node stands, and that no pod of ours can say more than that.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Condition, Node } from './cluster/api-objects.ts';
import { asWatch } from './cluster/as-watch.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { installerImage } from './cluster/installer-image.ts';
import { untilMultusServes } from './cluster/multus.ts';
import { multusOfChart, Release, wishFrom } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';

const ours = pluginsArchive(current);
const type = 'cni-plugins-installer.github.io/Ready';

/** The node's disk is its memory: there, the plugins themselves count against a limit. */
const amounts = { cpu: '500m', memory: '300Mi' };
const watch = {
  enabled: true,
  nodeCondition: { enabled: true, heartbeat: '1m' },
  resources: { requests: amounts, limits: amounts },
};

async function nodeNamed(cluster: Cluster, name: string): Promise<Node> {
  const node = await cluster.find<Node>(`/api/v1/nodes/${name}`);
  if (node === undefined) throw new Error(`the cluster has no Node ${name}`);
  return node;
}

function untilStands(cluster: Cluster, status: string, reason: string): Promise<Condition> {
  return cluster.until(
    `the condition is ${status}, ${reason}`,
    async () => {
      const { conditions = [] } = (await nodeNamed(cluster, 'node1')).status;
      return conditions.find((one) => one.type === type && one.status === status && one.reason === reason);
    },
    180_000,
  );
}

describeInCluster('Kubernetes', () => {
  it('knows how a node stands, also after it could not be told, and is told no more than that', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('Kubernetes knows', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      const release = new Release(cluster);
      await release.install({ cniPlugins: wishFrom(mirror.url, ours), watch });
      await untilInstallerEnds(cluster);
      expect(await untilStands(cluster, 'True', 'PluginsIntact')).toMatchObject({
        message: `every wanted plugin of ${current} works`,
      });
      reached('the condition of the node is True');
      await untilMultusServes(cluster);

      await expectFence(cluster);
      reached('a pod of ours can write its own condition of its own Node, and nothing else');

      await expectRepairsWithoutServer(cluster);
      reached('the API server was cut off: the plugin was put back, and the condition is true again');

      await release.uninstall();
      reached('uninstalled');
    });
  });
});

const says = (what: string) => `denied request: watch of cni-plugins-installer may change ${what}`;

function conditionPatch(of: string): unknown {
  return { status: { conditions: [{ type: of, status: 'False', reason: 'Lie', message: '' }] } };
}

async function expectFence(cluster: Cluster): Promise<void> {
  await cluster.apply([{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'elsewhere' } }]);
  const status = (node: string, body: unknown, patch = 'strategic-merge'): Promise<string> =>
    asWatch(cluster, { path: `/api/v1/nodes/${node}/status`, patch, body });

  expect(await status('node1', conditionPatch(type))).toBe('Node');
  expect(await status('elsewhere', conditionPatch(type))).toContain(
    says('the Node that it runs on, and no other'),
  );
  for (const other of ['Ready', 'NetworkUnavailable']) {
    expect(await status('node1', conditionPatch(other))).toContain(
      says(`the condition ${type}, and no other`),
    );
  }
  for (const field of [
    { capacity: { cpu: '999' } },
    { allocatable: { cpu: '999' } },
    { addresses: [] },
    { images: [] },
  ]) {
    expect(await status('node1', { status: field }, 'merge')).toContain(
      says('one condition of the status of its Node'),
    );
  }
  for (const field of [
    { labels: { zone: 'x' } },
    { annotations: { a: 'b' } },
    { labels: null },
    { finalizers: ['a/b'] },
  ]) {
    expect(await status('node1', { metadata: field }, 'merge')).toContain(says('no label, no annotation'));
  }
  expect(
    await asWatch(cluster, {
      path: '/api/v1/nodes/node1',
      patch: 'merge',
      body: { spec: { unschedulable: true } },
    }),
  ).toContain('cannot patch resource "nodes"');
  await cluster.kubectl('delete', 'node', 'elsewhere');
  // Who is not ours is not judged: a kubelet reports its node as before.
  const before = await heartbeat(cluster);
  await cluster.until('the kubelet has reported again', async () =>
    (await heartbeat(cluster)) === before ? undefined : true,
  );
}

async function heartbeat(cluster: Cluster): Promise<string | undefined> {
  const { conditions } = (await nodeNamed(cluster, 'node1')).status;
  return conditions?.find((one) => one.type === 'Ready')?.lastHeartbeatTime;
}

function logOf(cluster: Cluster): Promise<string> {
  return cluster.kubectl('logs', '--namespace=kube-system', 'daemonset/cni-plugins-watch');
}

async function expectRepairsWithoutServer(cluster: Cluster): Promise<void> {
  // Pods reach nobody there; the kubelet goes another way.
  const cut = 'OUTPUT -d 10.96.0.1/32 -p tcp --dport 443 -j DNAT --to-destination 172.31.255.2:1';
  await cluster.node.host(`iptables -t nat -I ${cut}; rm /opt/cni/bin/macvlan`);
  await cluster.until('macvlan is back', async () =>
    (await cluster.node.host('test -x /opt/cni/bin/macvlan && echo there || true')) === '' ? undefined : true,
  );
  await cluster.until(
    'the watch has said that it was not heard',
    async () => ((await logOf(cluster)).includes('Kubernetes could not be told') ? true : undefined),
    120_000,
  );
  await cluster.node.host(`iptables -t nat -D ${cut}`);
  // The lie that was told above stands until somebody who knows better is heard.
  await untilStands(cluster, 'True', 'PluginsIntact');
}
