// Proves in a real cluster that a new node is schedulable once it is proved, that Kubernetes knows how it stands, and that no
// pod of ours can say more than that.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Condition, Node, Pod } from './cluster/api-objects.ts';
import { boundToken, watchPod, withToken } from './cluster/as-watch.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { conditionPatch, conditionType, expectFence } from './cluster/expect-fence.ts';
import { expectFenceInNamespace } from './cluster/fence-in-namespace.ts';
import { installerImage } from './cluster/installer-image.ts';
import { expectKubeletUnhindered } from './cluster/kubelet-beside-fence.ts';
import { attachedPod, attachment, untilAttachmentsAreKnown } from './cluster/multus.ts';
import { defineRules, enforceRules } from './cluster/node-readiness.ts';
import { multusOfChart, Release, wishFrom } from './cluster/release.ts';
import { putToken, revokedToken } from './cluster/renewed-token.ts';
import { inCluster } from './cluster/story.ts';

const ours = pluginsArchive(current);
const taint = 'example.org/starting';
/** Of the rule that is shipped for the node-readiness-controller. */
const taintOfRule = 'readiness.k8s.io/cni-plugins';
const starting = `${taint}=true:NoSchedule`;
const taints = `${starting},${taintOfRule}=pending:NoSchedule`;

const range = { subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', rangeEnd: '192.0.2.99' };
const ipam = { type: 'host-local', ranges: [[range]] };
const macvlan = attachment('macvlan', { type: 'macvlan', master: 'eth0', ipam });

/** The node's disk is its memory: there, the plugins themselves count against a limit. */
const amounts = { cpu: '500m', memory: '300Mi' };
const watch = {
  enabled: true,
  nodeCondition: { enabled: true },
  events: { enabled: true },
  startupTaint: { key: taint },
  nfd: { enabled: true },
  nodeReadinessRule: { enabled: true },
  resources: { requests: amounts, limits: amounts },
};

const patienceMs = 120_000;

describeInCluster('Kubernetes', () => {
  it('lets pods onto a new node once it is proved, knows how it stands, and is told no more than that', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('Kubernetes knows', { images, taints }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      await defineRules(cluster);
      await cluster.apply([attachedPod('early', 'macvlan'), elsewhere]);
      await untilUnschedulable(cluster, 'early');
      reached('a pod waits, for the new node registered with a taint, and with that of a rule');

      const release = new Release(cluster);
      await release.install({ cniPlugins: wishFrom(mirror.url, ours), watch });
      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan]);
      await untilTainted(cluster, false);
      reached('the node is proved, and the taint is gone');
      await untilStands(cluster, 'True', 'PluginsIntact');
      await cluster.until('the taint of the rule is gone', async () => {
        await enforceRules(cluster);
        return (await isTainted(cluster, 'node1', taintOfRule)) ? undefined : true;
      });
      reached('whoever enforces the rule has taken its taint off, by the condition');
      await expectAttached(cluster, 'early', /^192\.0\.2\.\d+$/);
      reached('the pod runs there, with its second network');
      expect(await untilStands(cluster, 'True', 'PluginsIntact')).toMatchObject({
        message: `every wanted plugin of ${current} works`,
      });
      const features = '/etc/kubernetes/node-feature-discovery/features.d/cni-plugins-installer';
      expect(await cluster.node.host(`cat ${features}`)).toMatch(
        new RegExp(`^cni-plugin.macvlan=true\n(.*\n)*cni-plugins.version=${current}$`, 'm'),
      );

      await expectFence(cluster, taint);
      reached('a pod of ours can write what is its own, and nothing else');
      reached(`a kubelet's patch of its status: ${await expectKubeletUnhindered(cluster, 'elsewhere')}`);

      await cluster.node.host('rm /opt/cni/bin/macvlan');
      await expectEvent(cluster);
      reached('what was put back is told by kubectl describe node');

      await expectRepairsWithoutServer(cluster);
      reached(
        'cut off from the API server the node was repaired all the same; with it again, a taint put on later goes',
      );

      await expectRenewedToken(cluster);
      reached('a token that is good no more is refused; with the next one the watch is heard again');

      await cluster.kubectl('patch', 'node', 'elsewhere', '--subresource=status', '--patch', trueCondition);
      await release.uninstall();
      await expectNothingLeft(cluster, 'node1');
      await expectNothingLeft(cluster, 'elsewhere');
      reached('uninstalled: no Node has the taint, none is called ready');

      await expectFenceInNamespace(cluster, 'elsewhere');
      reached('by components, in another namespace: the fence came along');
    });
  });
});

/** A Node that no pod of ours runs on. */
const elsewhere = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'elsewhere' },
  spec: { taints: [{ key: taint, effect: 'NoSchedule' }] },
};
const trueCondition = JSON.stringify({
  status: { conditions: [{ type: conditionType, status: 'True', reason: 'R', message: '' }] },
});

async function nodeNamed(cluster: Cluster, name: string): Promise<Node> {
  const node = await cluster.find<Node>(`/api/v1/nodes/${name}`);
  if (node === undefined) throw new Error(`the cluster has no Node ${name}`);
  return node;
}

async function conditionOf(
  cluster: Cluster,
  name: string,
  of = conditionType,
): Promise<Condition | undefined> {
  const { conditions = [] } = (await nodeNamed(cluster, name)).status;
  return conditions.find((one) => one.type === of);
}

async function isTainted(cluster: Cluster, name: string, wanted = taint): Promise<boolean> {
  const { spec } = await nodeNamed(cluster, name);
  return spec?.taints?.some(({ key }) => key === wanted) === true;
}

async function untilTainted(cluster: Cluster, wanted: boolean): Promise<void> {
  await cluster.until(
    `the taint is ${wanted ? 'there' : 'gone'}`,
    async () => ((await isTainted(cluster, 'node1')) === wanted ? true : undefined),
    patienceMs,
  );
}

function untilStands(cluster: Cluster, status: string, reason: string): Promise<Condition> {
  return cluster.until(
    `the condition is ${status}, ${reason}`,
    async () => {
      const condition = await conditionOf(cluster, 'node1');
      return condition?.status === status && condition.reason === reason ? condition : undefined;
    },
    patienceMs,
  );
}

async function untilUnschedulable(cluster: Cluster, name: string): Promise<void> {
  await cluster.until(`${name} can't be scheduled`, async () => {
    const pod = await cluster.find<Pod>(`/api/v1/namespaces/default/pods/${name}`);
    const told = pod?.status.conditions?.find((one) => one.type === 'PodScheduled');
    return told?.status === 'False' && told.message?.includes('untolerated taint') === true
      ? true
      : undefined;
  });
}

async function expectEvent(cluster: Cluster): Promise<void> {
  const told = await cluster.until('kubectl describe node tells of the repair', async () => {
    const described = await cluster.kubectl('describe', 'node', 'node1');
    return /^ +Normal +CNIPluginRepaired .*$/m.exec(described)?.[0];
  });
  expect(told).toMatch(/cni-plugins-installer.*macvlan is not there; it was put back/);
}

async function expectRepairsWithoutServer(cluster: Cluster): Promise<void> {
  // Pods reach nobody there; the kubelet goes another way.
  const cut = 'OUTPUT -d 10.96.0.1/32 -p tcp --dport 443 -j DNAT --to-destination 172.31.255.2:1';
  await cluster.node.host(`iptables -t nat -I ${cut}; rm /opt/cni/bin/macvlan`);
  await cluster.kubectl('taint', 'node', 'node1', starting);
  await cluster.until('macvlan is back', async () =>
    (await cluster.node.host('test -x /opt/cni/bin/macvlan && echo there || true')) === '' ? undefined : true,
  );
  await cluster.until(
    'the watch has said that it was not heard',
    async () => ((await logOf(cluster)).includes('Kubernetes could not be told') ? true : undefined),
    patienceMs,
  );
  expect(await isTainted(cluster, 'node1')).toBe(true);
  await cluster.node.host(`iptables -t nat -D ${cut}`);
  await untilTainted(cluster, false);
}

function logOf(cluster: Cluster): Promise<string> {
  return cluster.kubectl('logs', '--namespace=kube-system', 'daemonset/cni-plugins-watch');
}

/** The kubelet's own way takes minutes; here the API server refuses a token at once, since what it is bound to is gone. */
async function expectRenewedToken(cluster: Cluster): Promise<void> {
  const revoked = await revokedToken(cluster);
  const own = {
    path: '/api/v1/nodes/node1/status',
    patch: 'strategic-merge',
    body: conditionPatch(conditionType),
  };
  await cluster.until('the API server refuses the token', async () =>
    (await withToken(cluster, revoked, own)) === 'Unauthorized' ? true : undefined,
  );
  await putToken(cluster, revoked);
  await cluster.node.host('rm /opt/cni/bin/ipvlan');
  await cluster.until(
    'the watch has been refused',
    async () => {
      if (/^\S*api_writes_total\{.*result="unauthorized"\} [1-9]/m.test(await metricsOf(cluster)))
        return true;
      // The kubelet may have put its own back.
      await putToken(cluster, revoked);
      return undefined;
    },
    patienceMs,
  );
  await putToken(cluster, await boundToken(cluster, await watchPod(cluster)));
  await cluster.until(
    'the watch is heard again',
    async () => {
      const described = await cluster.kubectl('describe', 'node', 'node1');
      return /CNIPluginRepaired .*ipvlan is not there; it was put back/.test(described) ? true : undefined;
    },
    patienceMs,
  );
}

function metricsOf(cluster: Cluster): Promise<string> {
  return cluster.node.host('curl --silent http://127.0.0.1:19917/metrics');
}

async function expectNothingLeft(cluster: Cluster, name: string): Promise<void> {
  expect(await isTainted(cluster, name)).toBe(false);
  expect(await conditionOf(cluster, name)).toMatchObject({ status: 'Unknown', reason: 'Uninstalled' });
}
