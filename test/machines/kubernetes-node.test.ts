// Promise: a whole Kubernetes whose node has systemd, cgroup v2 and containerd 2 goes from the runtime's refusal to attached
// pods by our chart, within the limits that the chart has for our container, and back.

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildImage, imageForNode, remove } from '../image/built-image.ts';
import type { ContainerStatus, Node, Pod } from '../kubernetes/cluster/api-objects.ts';
import type { Cluster } from '../kubernetes/cluster/cluster.ts';
import { missingForClusters } from '../kubernetes/cluster/cluster-requirements.ts';
import { expectAttached } from '../kubernetes/cluster/expect-attached.ts';
import { untilInstallerEnds } from '../kubernetes/cluster/installer-in-pod.ts';
import { ours, repository } from '../kubernetes/cluster/make-image.ts';
import {
  attachedPod,
  attachment,
  multusPod,
  networkStatus,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilWarned,
} from '../kubernetes/cluster/multus.ts';
import { program, upstreamManifest } from '../kubernetes/cluster/programs.ts';
import { multusOfChart, Release } from '../kubernetes/cluster/release.ts';
import { providersPlugins } from '../kubernetes/cluster/worker.ts';
import { current } from '../support/node/installer-container.ts';
import { deliveredDir, pluginsArchive } from '../support/node/plugins-archive.ts';
import { ownArch } from '../support/own-arch.ts';
import { describeOnMachine } from './describe-on-machine.ts';
import { onKubernetesNode } from './kubernetes-node.ts';
import { missingRuntimes } from './node-cargo.ts';
import type { SystemdNode } from './systemd-node.ts';

const archive = pluginsArchive(current);

/** Upstream's own, with the Multus that the chart runs by default. */
function multusAlone(): string {
  return upstreamManifest('thick').replaceAll(':snapshot-thick', ':v4.3.0-thick');
}

const notShared = 'path "/opt/cni/bin" is mounted on "/" but it is not a shared mount';

const range = { subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', rangeEnd: '192.0.2.99' };
const ipam = { type: 'host-local', ranges: [[range]] };
const macvlan = attachment('macvlan', { type: 'macvlan', master: 'eth0', ipam });

/** The limits are the chart's own, but not the time: an emulated processor has less to give of 100m. */
const values = {
  cniPlugins: {
    version: archive.version,
    sha256: { [ownArch]: archive.sha256 },
    source: 'hostPath',
    hostPath: { path: deliveredDir },
    timeout: '40m',
  },
  uninstall: { cleanUpNodes: true, timeoutSeconds: 1200 },
};

/** Its probes are for processors that start a program within seconds. */
const amounts = { cpu: '1', memory: '50Mi' };
const watch = { enabled: true, resources: { requests: amounts, limits: amounts } };

/** Resolves when the runtime calls Multus for new pods. */
async function untilMultusIsCalled(cluster: Cluster, node: SystemdNode): Promise<void> {
  await untilMultusServes(cluster);
  await cluster.until("the runtime has Multus' configuration", async () =>
    (await node.runProgram('cni-config-in-guest.cjs')).includes('multus-cni-network') ? true : undefined,
  );
}

async function untilWatched(cluster: Cluster): Promise<ContainerStatus> {
  return cluster.until('the watch is ready', async () => {
    const path = '/api/v1/namespaces/kube-system/pods?labelSelector=name%3Dcni-plugins-watch';
    const [pod] = await cluster.list<Pod>(path);
    return pod?.status.containerStatuses?.find(({ name, ready }) => name === 'watch' && ready);
  });
}

/** One that says what the container runtime calls a container, in Kubernetes' way: `containerd://ID`. */
async function sampleOf(
  node: SystemdNode,
  { containerID }: { readonly containerID: string },
): Promise<string> {
  return node.machine.run(`cat /run/cgroup-samples/${containerID.replace('containerd://', '')}`);
}

/** Of a line that cgroup-samples.sh has kept. */
function counted(sample: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(sample)?.[1]);
}

async function rootMount(node: SystemdNode): Promise<string> {
  return node.machine.run("grep ' / / ' /proc/1/mountinfo");
}

const missing = [
  ...missingForClusters(),
  ...missingRuntimes('containerd 2'),
  ...['/dev/net/tun'].filter((path) => !existsSync(path)),
];

describeOnMachine(
  'amd64',
  'a Kubernetes node with systemd, cgroup v2 and containerd 2, whose root is private',
  () => {
    it('is cured by the chart within 100m and 50Mi, attaches pods, is watched, and is as before in the end', async () => {
      const built = buildImage({ args: ours });
      using undo = new DisposableStack();
      undo.defer(() => remove(built));
      const images = [imageForNode(built, repository), await multusOfChart('thick')];
      const beforeRuntime = `mount --make-rprivate /
        mkdir ${deliveredDir} && cp /cargo/cni-plugins-*.tgz ${deliveredDir}
        tar -xzf ${deliveredDir}/* -C /opt/cni/bin ${providersPlugins.map((name) => `./${name}`).join(' ')}`;
      const options = { built, archive, images, runtime: 'containerd 2', beforeRuntime } as const;

      await onKubernetesNode('Kubernetes on a machine', options, async ({ cluster, node, reached }) => {
        const release = new Release(cluster);
        const listing = (): Promise<string> => node.machine.run('ls -A /opt/cni/bin /etc/cni/net.d');
        const found = await listing();
        expect(await cluster.find<Node>('/api/v1/nodes/node1')).toMatchObject({
          status: {
            nodeInfo: {
              containerRuntimeVersion: expect.stringMatching(/^containerd:\/\/v?2\./),
              kubeletVersion: expect.stringMatching(/^v1\.34\./),
              kernelVersion: expect.stringMatching(/^6\.1\./),
            },
          },
        });
        expect(await node.machine.run('stat -fc %T /sys/fs/cgroup')).toBe('cgroup2fs\n');
        expect(await rootMount(node)).not.toContain('shared:');

        await cluster.apply(multusAlone());
        const { metadata } = await cluster.until('Multus has a pod', () => multusPod(cluster));
        const warning = await untilWarned(cluster, metadata.name, notShared);
        expect(warning.reason).toBe('Failed');
        await cluster.client(program('kubectl'), ['delete', '--filename=-'], multusAlone());
        reached('Multus alone is refused, in the words that people search for');

        await release.install(values);
        const end = await untilInstallerEnds(cluster);
        expect(end).toMatchObject({
          exitCode: 0,
          report: {
            outcome: 'installed',
            version: current,
            mounts: { changed: expect.arrayContaining(['/']), shared: true },
          },
        });
        const sample = await sampleOf(node, end);
        expect(sample).toMatch(/^memory\.max 52428800$/m);
        expect(sample).toMatch(/^memory\.events oom_kill 0$/m);
        expect(sample).toMatch(/^cpu\.max 10000 100000$/m);
        // No more of `memory.peak` than that it is told: it counts the pages too that the kernel may not be refused, over the limit.
        expect(counted(sample, 'cpu.stat nr_throttled')).toBeGreaterThan(0);
        const seconds = (counted(sample, 'cpu.stat usage_usec') / 1e6).toFixed(1);
        const mebibytes = (counted(sample, 'memory.peak') / 1024 / 1024).toFixed(1);
        reached(`installed and shared by a container that took ${mebibytes} MiB and ${seconds} s of 0.1 CPU`);

        await untilMultusIsCalled(cluster, node);
        expect(await rootMount(node)).toContain('shared:');
        reached('Multus serves');

        await untilAttachmentsAreKnown(cluster);
        await cluster.apply([macvlan, attachedPod('app', 'macvlan')]);
        await expectAttached(cluster, 'app', /^192\.0\.2\.\d+$/);
        reached('a pod is attached');

        await release.upgrade({ watch });
        await untilWatched(cluster);
        reached('the node is watched');
        const digest = await node.machine.run('sha256sum /opt/cni/bin/macvlan');
        await node.machine.run('rm /opt/cni/bin/macvlan');
        await cluster.until('macvlan is back', async () =>
          (await node.machine.attempt('sha256sum /opt/cni/bin/macvlan')).stdout === digest ? true : undefined,
        );
        await cluster.apply([attachedPod('peer', 'macvlan')]);
        await expectAttached(cluster, 'peer', /^192\.0\.2\.\d+$/);
        const address = (await networkStatus(cluster, 'peer'))?.ips?.[0] ?? '';
        await cluster.kubectl('exec', 'app', '--', 'ping', '-c', '1', '-W', '30', '-I', 'net1', address);
        reached('a deleted plugin is back, and attaches a pod that the first one reaches');

        await cluster.kubectl('delete', 'pods', '--all', '--namespace=default');
        await release.uninstall();
        expect(await listing()).toBe(found);
        reached('uninstalled');
      });
    }, 5_400_000);
  },
  ['mmdebstrap', 'nsenter', ...missing],
);
