// Proves in a real cluster that a node stays proved: a hand, a rival and a replaced directory, while pods want their network.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { deliverArchive, deliveredDir, pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Condition, ContainerStatus, Pod } from './cluster/api-objects.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { installerImage } from './cluster/installer-image.ts';
import {
  attachedPod,
  attachment,
  multusPod,
  untilAttachmentsAreKnown,
  untilMultusServes,
} from './cluster/multus.ts';
import { digestsIn } from './cluster/plugins-of-others.ts';
import { multusOfChart, Release, wishFrom } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';

const [rivals, ours] = [pluginsArchive('v1.6.2'), pluginsArchive(current)];

const range = { subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', rangeEnd: '192.0.2.99' };
const ipam = { type: 'host-local', ranges: [[range]] };
const macvlan = attachment('macvlan', { type: 'macvlan', master: 'eth0', ipam });

/** The node's disk is its memory: there, the plugins themselves count against a limit. */
const amounts = { cpu: '500m', memory: '300Mi' };
const watch = {
  enabled: true,
  repairBudget: 2,
  resources: { requests: amounts, limits: amounts },
};

const podsPath = '/api/v1/namespaces/kube-system/pods?labelSelector=name%3Dcni-plugins-watch';

async function watchPod(cluster: Cluster): Promise<Pod | undefined> {
  const [pod] = await cluster.list<Pod>(podsPath);
  return pod;
}

function statusIn(pod: Pod | undefined): ContainerStatus | undefined {
  return pod?.status.containerStatuses?.find(({ name }) => name === 'watch');
}

function conditionOf(pod: Pod | undefined, type: string): Condition | undefined {
  return pod?.status.conditions?.find((condition) => condition.type === type);
}

async function untilWatches(cluster: Cluster, restarts = 0): Promise<void> {
  await cluster.until('the watch is ready', async () => {
    const status = statusIn(await watchPod(cluster));
    return status?.ready === true && status.restartCount >= restarts ? true : undefined;
  });
}

async function untilStands(cluster: Cluster, name: string, digest: string): Promise<number> {
  const startMs = performance.now();
  await cluster.until(`${name} is ours`, async () => {
    const found = await cluster.node.host(`sha256sum /opt/cni/bin/${name} 2>/dev/null || true`);
    return found.startsWith(digest) ? true : undefined;
  });
  return performance.now() - startMs;
}

function told(cluster: Cluster, series: string): Promise<string> {
  return cluster.node.host(`curl --silent http://127.0.0.1:19917/metrics | grep -F '${series} ' || true`);
}

describeInCluster('a node that is watched', () => {
  it('has its plugins back before the pods that wait for them give up, and leaves a rival in peace', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];
    const [[, ownDigest = ''] = []] = await digestsIn(ours, ['macvlan']);

    await inCluster('watch', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      const release = new Release(cluster);
      await release.install({ cniPlugins: wishFrom(mirror.url, ours), watch });
      await untilInstallerEnds(cluster);
      await untilMultusServes(cluster);
      await untilWatches(cluster);
      await untilAttachmentsAreKnown(cluster);
      const requests = mirror.requests();
      const pod = await watchPod(cluster);
      expect(pod?.status.qosClass).toBe('Guaranteed');
      const readySince = conditionOf(pod, 'Ready')?.lastTransitionTime;
      reached('Multus serves, and the node is watched');

      await cluster.node.host('rm /opt/cni/bin/macvlan');
      await cluster.apply([macvlan, attachedPod('app', 'macvlan')]);
      const tookMs = await untilStands(cluster, 'macvlan', ownDigest);
      await expectAttached(cluster, 'app', /^192\.0\.2\.\d+$/);
      expect(
        await told(cluster, 'cni_plugins_installer_repairs_total{plugin="macvlan",reason="absent"}'),
      ).toMatch(/ 1$/m);
      reached(`macvlan was back within ${(tookMs / 1000).toFixed(1)} s, and a pod has its network`);

      await cluster.node.host(
        'find /opt/cni/bin -maxdepth 1 -type f -name "[b-s]*" -not -name "multus*" -delete',
      );
      await untilStands(cluster, 'macvlan', ownDigest);
      await cluster.apply([attachedPod('app-2', 'macvlan')]);
      await expectAttached(cluster, 'app-2', /^192\.0\.2\.\d+$/);
      reached('all of them are back, and a pod has its network');

      await rewriteUntilLeft(cluster);
      const log = await cluster.kubectl('logs', '--namespace=kube-system', 'daemonset/cni-plugins-watch');
      expect(log).toMatch(/portmap is contended: .*v1\.6\.2/);
      const undisturbed = await watchPod(cluster);
      expect(statusIn(undisturbed)).toMatchObject({ ready: true, restartCount: 0 });
      expect(conditionOf(undisturbed, 'Ready')).toMatchObject({
        status: 'True',
        lastTransitionTime: readySince,
      });
      reached('a rival that writes a working plugin again and again is named and left in peace');

      await cluster.node.host('rm -rf /opt/cni/bin && mkdir /opt/cni/bin');
      await untilWatches(cluster, 1);
      expect(statusIn(await watchPod(cluster))).toMatchObject({
        restartCount: 1,
        lastState: { terminated: { exitCode: 0, message: expect.stringContaining('was replaced') } },
      });
      await untilStands(cluster, 'macvlan', ownDigest);
      expect(mirror.requests()).toEqual(requests);
      reached(
        'the directory was replaced: the container ended with 0, and filled the new one from the spare store',
      );

      await release.upgrade({ watch: { placement: 'sidecar' } });
      await untilSidecar(cluster);
      await untilMultusServes(cluster);
      await cluster.node.host('rm /opt/cni/bin/macvlan');
      await untilStands(cluster, 'macvlan', ownDigest);
      reached('beside Multus, in its pod, it puts a plugin back as well');

      await release.uninstall();
      reached('uninstalled');
    });
  });
});

/** In the pod of Multus, which waits for it to have started, and no longer in one of its own. */
async function untilSidecar(cluster: Cluster): Promise<void> {
  await cluster.until('the watch is a sidecar', async () => {
    if ((await watchPod(cluster)) !== undefined) return undefined;
    const statuses = (await multusPod(cluster))?.status.initContainerStatuses ?? [];
    const sidecar = statuses.find(({ name }) => name === 'watch');
    return sidecar?.ready === true && sidecar.state.running !== undefined ? true : undefined;
  });
}

/** Writes the other release's portmap, which works, each time that it is ours again. */
async function rewriteUntilLeft(cluster: Cluster): Promise<void> {
  await cluster.node.host(
    `mkdir -p /run/rival && tar -xzf - -C /run/rival ./portmap <${await delivered(cluster)}`,
  );
  await cluster.until('the rival is left in peace', async () => {
    await cluster.node.host(`cmp -s /run/rival/portmap /opt/cni/bin/portmap || {
      cp /run/rival/portmap /opt/cni/bin/.portmap.new && mv /opt/cni/bin/.portmap.new /opt/cni/bin/portmap; }`);
    return (await told(cluster, 'cni_plugins_installer_plugin_contended{plugin="portmap"}'))
      .trim()
      .endsWith(' 1')
      ? true
      : undefined;
  });
}

async function delivered(cluster: Cluster): Promise<string> {
  await deliverArchive(cluster.node, rivals);
  return `${deliveredDir}/${rivals.path.split('/').at(-1)}`;
}
