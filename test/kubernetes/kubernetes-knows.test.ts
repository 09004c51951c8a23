// Proves in a real cluster that a new node is schedulable once it is proved, that Kubernetes knows how it stands, and that no
// pod of ours can say more than that.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Condition, Event, Node, Pod } from './cluster/api-objects.ts';
import { asWatch } from './cluster/as-watch.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { installerImage } from './cluster/installer-image.ts';
import { attachedPod, attachment, untilAttachmentsAreKnown } from './cluster/multus.ts';
import { multusOfChart, Release, wishFrom } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';

const ours = pluginsArchive(current);
const type = 'cni-plugins-installer.github.io/Ready';
const taint = 'example.org/starting';
const taints = `${taint}=true:NoSchedule`;

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
  resources: { requests: amounts, limits: amounts },
};

const patienceMs = 120_000;

describeInCluster('Kubernetes', () => {
  it('lets pods onto a new node once it is proved, knows how it stands, and is told no more than that', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('Kubernetes knows', { images, taints }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      await cluster.apply([attachedPod('early', 'macvlan')]);
      await untilUnschedulable(cluster, 'early');
      reached('a pod waits, for the new node registered with a taint');

      const release = new Release(cluster);
      await release.install({ cniPlugins: wishFrom(mirror.url, ours), watch });
      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan]);
      await untilTainted(cluster, false);
      reached('the node is proved, and the taint is gone');
      await expectAttached(cluster, 'early', /^192\.0\.2\.\d+$/);
      reached('the pod runs there, with its second network');
      expect(await untilStands(cluster, 'True', 'PluginsIntact')).toMatchObject({
        message: `every wanted plugin of ${current} works`,
      });
      const features = '/etc/kubernetes/node-feature-discovery/features.d/cni-plugins-installer';
      expect(await cluster.node.host(`cat ${features}`)).toMatch(
        new RegExp(`^cni-plugin.macvlan=true\n(.*\n)*cni-plugins.version=${current}$`, 'm'),
      );

      await expectFence(cluster);
      reached('a pod of ours can write what is its own, and nothing else');

      await cluster.node.host('rm /opt/cni/bin/macvlan');
      await expectEvent(cluster);
      reached('what was put back is told by kubectl describe node');

      await expectRepairsWithoutServer(cluster);
      reached(
        'cut off from the API server the node was repaired all the same; with it again, a taint put on later goes',
      );

      await cluster.apply([elsewhere]);
      await cluster.kubectl('patch', 'node', 'elsewhere', '--subresource=status', '--patch', trueCondition);
      await release.uninstall();
      await expectNothingLeft(cluster, 'node1');
      await expectNothingLeft(cluster, 'elsewhere');
      reached('uninstalled: no Node has the taint, none is called ready');
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
  status: { conditions: [{ type, status: 'True', reason: 'R', message: '' }] },
});

async function nodeNamed(cluster: Cluster, name: string): Promise<Node> {
  const node = await cluster.find<Node>(`/api/v1/nodes/${name}`);
  if (node === undefined) throw new Error(`the cluster has no Node ${name}`);
  return node;
}

async function conditionOf(cluster: Cluster, name: string, of = type): Promise<Condition | undefined> {
  const { conditions = [] } = (await nodeNamed(cluster, name)).status;
  return conditions.find((one) => one.type === of);
}

async function isTainted(cluster: Cluster, name: string): Promise<boolean> {
  const { spec } = await nodeNamed(cluster, name);
  return spec?.taints?.some(({ key }) => key === taint) === true;
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

const says = (what: string) => `denied request: watch of cni-plugins-installer may ${what}`;

function conditionPatch(of: string): unknown {
  return {
    status: { conditions: [{ type: of, status: 'True', reason: 'PluginsIntact', message: 'told by hand' }] },
  };
}

async function expectFence(cluster: Cluster): Promise<void> {
  await cluster.apply([{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'elsewhere' } }]);
  await expectStatusFence(cluster);
  await expectSpecFence(cluster);
  await expectEventFence(cluster);
  await cluster.kubectl('delete', 'node', 'elsewhere');
  // Who is not ours is not judged: a kubelet reports its node as before.
  const before = (await conditionOf(cluster, 'node1', 'Ready'))?.lastHeartbeatTime;
  await cluster.until('the kubelet has reported again', async () =>
    (await conditionOf(cluster, 'node1', 'Ready'))?.lastHeartbeatTime === before ? undefined : true,
  );
}

async function expectStatusFence(cluster: Cluster): Promise<void> {
  const status = (node: string, body: unknown, patch = 'strategic-merge'): Promise<string> =>
    asWatch(cluster, { path: `/api/v1/nodes/${node}/status`, patch, body });

  expect(await status('node1', conditionPatch(type))).toBe('Node');
  expect(await status('elsewhere', conditionPatch(type))).toContain(
    says('change the Node that it runs on, and no other'),
  );
  for (const other of ['Ready', 'NetworkUnavailable']) {
    expect(await status('node1', conditionPatch(other))).toContain(
      says(`change the condition ${type}, and no other`),
    );
  }
  for (const field of [{ capacity: { cpu: '999' } }, { addresses: [] }, { images: [] }]) {
    expect(await status('node1', { status: field }, 'merge')).toContain(
      says('change one condition of the status of its Node'),
    );
  }
  for (const field of [{ labels: { zone: 'x' } }, { labels: null }, { annotations: { a: 'b' } }]) {
    expect(await status('node1', { metadata: field }, 'merge')).toContain(
      says('change no label, no annotation'),
    );
  }
}

async function expectSpecFence(cluster: Cluster): Promise<void> {
  const spec = (body: unknown, node = 'node1'): Promise<string> =>
    asWatch(cluster, { path: `/api/v1/nodes/${node}`, patch: 'merge', body });

  expect(await spec({ spec: { unschedulable: true } })).toContain(says('change nothing of the spec'));
  const added = { key: 'example.org/evil', effect: 'NoExecute' };
  expect(await spec({ spec: { taints: [added] } })).toContain(says('take its startup taint off its Node'));
  expect(await spec({ spec: { taints: [{ key: taint, effect: 'NoExecute' }] } })).toContain(
    says('take its startup taint off its Node'),
  );
  expect(await spec({ metadata: { labels: { zone: 'x' } } })).toContain(says('change no label'));
  expect(await spec({ spec: { taints: null } }, 'elsewhere')).toContain(
    says('change the Node that it runs on'),
  );
}

async function expectEventFence(cluster: Cluster): Promise<void> {
  const event = (involvedObject: unknown, namespace = 'default'): Promise<string> =>
    asWatch(cluster, {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/events`,
      body: {
        metadata: { generateName: 'lie.' },
        involvedObject,
        reason: 'Lie',
        type: 'Warning',
        reportingComponent: 'cni-plugins-installer',
        reportingInstance: 'node1',
      },
    });

  expect(await event({ kind: 'Node', name: 'elsewhere' })).toContain(
    says('write Events about the Node that it runs on'),
  );
  expect(await event({ kind: 'Pod', name: 'node1' })).toContain(
    says('write Events about the Node that it runs on'),
  );
  expect(await event({ kind: 'Node', name: 'node1' }, 'kube-system')).toContain(
    'cannot create resource "events"',
  );
  const path = await cluster.until('an Event of the kubelet', async () => {
    const events = await cluster.list<Event>('/api/v1/namespaces/default/events');
    const kubelets = events.find(
      ({ involvedObject, reason }) => involvedObject.name === 'node1' && reason !== 'Lie',
    );
    return kubelets && `/api/v1/namespaces/default/events/${kubelets.metadata.name}`;
  });
  expect(await asWatch(cluster, { path, patch: 'merge', body: { message: 'a lie' } })).toMatch(
    /denied request/,
  );
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
  await cluster.kubectl('taint', 'node', 'node1', taints);
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

async function expectNothingLeft(cluster: Cluster, name: string): Promise<void> {
  expect(await isTainted(cluster, name)).toBe(false);
  expect(await conditionOf(cluster, name)).toMatchObject({ status: 'Unknown', reason: 'Uninstalled' });
}
