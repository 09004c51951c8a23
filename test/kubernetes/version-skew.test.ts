// Proves that nodes with different releases serve side by side in the middle of a roll-out, and that the pods' status and
// `fleet` tell: which node is behind, and what fails there.

import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { documentedCommand } from '../docs/commands.ts';
import { bundlePath } from '../support/bundle.ts';
import { defaultPlugins } from '../support/fleet/cluster-json.ts';
import { current } from '../support/node/installer-container.ts';
import { deliverArchive, deliveredDir, pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { DaemonSet, Pod } from './cluster/api-objects.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { installerImage } from './cluster/installer-image.ts';
import { reportedVersions } from './cluster/installer-in-pod.ts';
import {
  attachedPod,
  attachment,
  daemonSetPath,
  multusPods,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilRuntimesCallMultus,
  untilWarned,
} from './cluster/multus.ts';
import { program } from './cluster/programs.ts';
import { multusOfChart, Release, wish } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';

const [before, after] = [pluginsArchive('v1.6.2'), pluginsArchive(current)];

const macvlan = (name: string, address: string): unknown =>
  attachment(name, { type: 'macvlan', master: 'eth0', ipam: { type: 'static', addresses: [{ address }] } });

const policy = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'brake' } };

/** Nobody deletes Multus' pod on node2, the DaemonSet's controller neither: so a roll-out stops before that node. */
const brake = [
  {
    ...policy,
    kind: 'ValidatingAdmissionPolicy',
    spec: {
      matchConstraints: {
        objectSelector: { matchLabels: { app: 'multus' } },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['pods'] },
        ],
      },
      validations: [{ expression: 'oldObject.spec.nodeName != "node2"' }],
    },
  },
  {
    ...policy,
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: { policyName: 'brake', validationActions: ['Deny'] },
  },
];

/** The API server works a policy in some time after it took it. */
async function untilBrakeIs(what: 'on' | 'off', cluster: Cluster): Promise<void> {
  const pods = await multusPods(cluster);
  const name = pods.find(({ spec }) => spec.nodeName === 'node2')?.metadata.name ?? '';
  const attempt = ['delete', 'pod', name, '--namespace=kube-system', '--dry-run=server'];
  await cluster.until(`the brake is ${what}`, async () => {
    const works = await cluster.kubectl(...attempt).then(
      () => 'off',
      () => 'on',
    );
    return works === what ? true : undefined;
  });
}

async function applyBrake(cluster: Cluster): Promise<void> {
  await cluster.apply(brake);
  await untilBrakeIs('on', cluster);
}

async function releaseBrake(cluster: Cluster): Promise<void> {
  await cluster.kubectl('delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', 'brake');
  await untilBrakeIs('off', cluster);
  // The controller tries again with growing pauses; a change makes it look at once.
  await cluster.kubectl('annotate', '--namespace=kube-system', 'daemonset/kube-multus-ds', 'brake=off');
}

/** Resolves when the roll-out has come to all but node2. */
async function untilHalfWay(cluster: Cluster): Promise<void> {
  await cluster.until('the roll-out is half way', async () => {
    const { status } = (await cluster.find<DaemonSet>(daemonSetPath)) ?? {};
    return status?.updatedNumberScheduled === 2 && status.numberReady === 3 ? true : undefined;
  });
  await untilRuntimesCallMultus(cluster);
}

/** Of the plugins of one release alone: on a node that has the other it is missing. */
const ptp = attachment('of-ptp', { type: 'ptp', ipam: { type: 'host-local', subnet: '198.51.100.0/24' } });

const onNothing = attachment('of-nothing', { type: 'macvlan', master: 'eth7', ipam: { type: 'static' } });

const workers = ['node1', 'node2', 'node3'];

const ofPtp = /^198\.51\.100\.\d+$/;

const nowhere = { master: 'eth7', nodes: workers };

/** Interfaces that nodes lack, by the attachments that stand on one. */
function absentMasters({ attachments }: Fleet): Readonly<Record<string, unknown>> {
  const standing = attachments.filter(({ masters }) => masters.length > 0);
  return Object.fromEntries(standing.map(({ name, mastersAbsent }) => [name, mastersAbsent]));
}

/** What an operator sees who asks the cluster by kubectl, and each watch by way of the API server. */
async function seenFleet(cluster: Cluster): Promise<Fleet> {
  const path = `PATH=${toolPath()}`;
  const words = [process.execPath, bundlePath(), 'fleet', '--live', '--output=json', '--fail-on=never'];
  return JSON.parse(await cluster.client('env', [path, ...words])) as Fleet;
}

/** A watch looks at its node a moment after an installer was there: who asks before that is told what was. */
async function untilFleetSees(releases: Readonly<Record<string, number>>, cluster: Cluster): Promise<Fleet> {
  return cluster.until('each watch has seen the release of its node', async () => {
    const fleet = await seenFleet(cluster);
    const { byRelease, ready } = fleet.summary;
    return isDeepStrictEqual(byRelease, releases) && ready === workers.length ? fleet : undefined;
  });
}

function toolPath(): string {
  return `${dirname(program('kubectl'))}:${process.env['PATH'] ?? ''}`;
}

/** The words that a pod would be refused with, by node; empty where it can work. */
function foretold({ attachments }: Fleet, name: string): Readonly<Record<string, string>> {
  const missing = attachments.find((nad) => nad.name === name)?.missing ?? [];
  return Object.fromEntries(
    missing.flatMap(({ nodes, foretold: words }) => nodes.map((node) => [node, words] as const)),
  );
}

const watchPods = '/api/v1/namespaces/kube-system/pods?labelSelector=app%3Dcni-plugins-watch';

function proxyOf(pod: string, port: number): string {
  return `/api/v1/namespaces/kube-system/pods/${pod}:${port}/proxy`;
}

/** What the API server says of a port that nobody listens at: fleet knows it by these words. */
async function refusalOfApiServer(cluster: Cluster): Promise<string> {
  const [watch] = await cluster.list<Pod>(watchPods);
  const path = `${proxyOf(watch?.metadata.name ?? '', 19918)}/v1/state`;
  return cluster.kubectl('get', '--raw', path).catch(String);
}

/** The releases that the alert CNIPluginsVersionSkew counts, in what each watch tells Prometheus. */
async function releasesInMetrics(cluster: Cluster): Promise<string[]> {
  const pods = await cluster.list<Pod>(watchPods);
  const texts = pods.map(async ({ metadata: { name } }) =>
    cluster.kubectl('get', '--raw', `${proxyOf(name, 19917)}/metrics`),
  );
  const lines = (await Promise.all(texts)).flatMap(
    (text) => text.match(/^cni_plugins_installer_release_info\{.*\} 1$/gm) ?? [],
  );
  return lines.map((line) => /version="([^"]*)"/.exec(line)?.[1] ?? '').toSorted();
}

/** By the command of the docs, once the job has run. */
async function pageOfCronJob(cluster: Cluster): Promise<string> {
  const inNamespace = '--namespace=kube-system';
  await cluster.kubectl('create', 'job', 'fleet-now', '--from=cronjob/cni-plugins-fleet', inNamespace);
  await cluster.kubectl('wait', 'job/fleet-now', '--for=condition=complete', '--timeout=120s', inNamespace);
  const command = documentedCommand('docs/fleet.md', 'kubectl -n kube-system get configmap');
  expect(command).toContain(' > fleet.html');
  return cluster.client('env', [`PATH=${toolPath()}`, 'sh', '-c', command.replace(' > fleet.html', '')]);
}

async function ping(cluster: Cluster, pod: string, address: string): Promise<void> {
  await cluster.kubectl('exec', pod, '--', 'ping', '-c', '1', '-W', '5', '-I', 'net1', address);
}

describeInCluster('three nodes in the middle of a roll-out', () => {
  it('attach pods with different releases, which the status of the pods tells', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];

    await inCluster('version skew', { images, nodes: 3 }, async ({ cluster, reached }) => {
      for (const { node } of cluster.workers) {
        for (const archive of [before, after]) await deliverArchive(node, archive);
      }
      const release = new Release(cluster);
      const onNode = { source: 'hostPath', hostPath: { path: deliveredDir } };
      const watch = { enabled: true, bindAddress: '' };
      const cronJob = { enabled: true, schedule: '0 0 1 1 *', live: true, clusterName: 'three-nodes' };
      await release.install({ cniPlugins: { ...onNode, ...wish(before) }, watch, fleet: { cronJob } });
      await untilMultusServes(cluster);
      expect(await reportedVersions(cluster)).toEqual({ node1: 'v1.6.2', node2: 'v1.6.2', node3: 'v1.6.2' });
      reached('each has v1.6.2');

      await applyBrake(cluster);
      await release.upgrade({ cniPlugins: { ...wish(after), plugins: [...defaultPlugins, 'ptp'] } });
      await untilHalfWay(cluster);
      expect(await reportedVersions(cluster)).toEqual({ node1: current, node2: 'v1.6.2', node3: current });
      reached('two have v1.9.1');

      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan('of-node1', '192.0.2.11/24'), macvlan('of-node2', '192.0.2.12/24')]);
      await cluster.apply([
        attachedPod('on-node1', 'of-node1', 'node1'),
        attachedPod('on-node2', 'of-node2', 'node2'),
      ]);
      await expectAttached(cluster, 'on-node1', /^192\.0\.2\.11$/);
      await expectAttached(cluster, 'on-node2', /^192\.0\.2\.12$/);
      await ping(cluster, 'on-node1', '192.0.2.12');
      reached('pods on nodes of either are attached, and reach each other');

      await cluster.apply([ptp, onNothing]);
      const halfWay = await untilFleetSees({ [before.version]: 1, [current]: 2 }, cluster);
      const words = foretold(halfWay, 'of-ptp');
      expect(halfWay.findings.find(({ code }) => code === 'skew')?.node).toEqual(['node2']);
      expect(halfWay.nodes.map(({ source }) => source)).toEqual(['live', 'live', 'live']);
      expect(foretold(halfWay, 'of-node2')).toEqual({});
      expect(Object.keys(words)).toEqual(['node2']);
      expect(absentMasters(halfWay)).toEqual({ 'of-node1': [], 'of-node2': [], 'of-nothing': [nowhere] });
      expect(await releasesInMetrics(cluster)).toEqual(['v1.6.2', current, current]);
      expect(await refusalOfApiServer(cluster)).toContain('connect: connection refused');
      reached('fleet names the node that is behind, and foretells what fails there');

      await cluster.apply(workers.map((node) => attachedPod(`ptp-on-${node}`, 'of-ptp', node)));
      await expectAttached(cluster, 'ptp-on-node1', ofPtp);
      await expectAttached(cluster, 'ptp-on-node3', ofPtp);
      await untilWarned(cluster, 'ptp-on-node2', words['node2'] ?? 'no words');
      reached('a pod fails there with just these words, and on the others it runs');

      await releaseBrake(cluster);
      await untilMultusServes(cluster);
      expect(await reportedVersions(cluster)).toEqual({ node1: current, node2: current, node3: current });
      await ping(cluster, 'on-node2', '192.0.2.11');
      reached('each has v1.9.1');

      // Tried again just while Multus was replaced, it runs without its network, for good: roll-out.test.ts.
      await cluster.kubectl('delete', 'pod', 'ptp-on-node2');
      await cluster.apply([attachedPod('ptp-on-node2', 'of-ptp', 'node2')]);
      await expectAttached(cluster, 'ptp-on-node2', ofPtp);
      const over = await untilFleetSees({ [current]: 3 }, cluster);
      expect(foretold(over, 'of-ptp')).toEqual({});
      expect(over.summary).toMatchObject({ nodes: 3, nadsBroken: 1 });
      reached('the pod that failed runs when it is made anew, and fleet has nothing against it');

      expect(await pageOfCronJob(cluster)).toMatch(/<h1>three-nodes<\/h1>[^]*All 3 nodes are ready\./);
      reached('the page that the CronJob keeps says so too');
    });
  });
});
