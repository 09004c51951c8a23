// Proves on a real cluster that has no other network each way of docs/air-gap.md that the chart has a value for.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { dockerConfig, startRegistryOnNode } from '../support/node/node-registry.ts';
import { deliverArchive, deliveredDir, pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage, type Image } from '../throwaway-node/images.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { bundledImage, installerImage } from './cluster/installer-image.ts';
import { untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { attachedPod, attachment, untilAttachmentsAreKnown, untilMultusServes } from './cluster/multus.ts';
import { multusOfChart, Release, type Values, wish } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';
import type { Mode } from './cluster/programs.ts';

const archive = pluginsArchive(current);

const macvlan = attachment('macvlan', {
  type: 'macvlan',
  master: 'eth0',
  ipam: { type: 'static', addresses: [{ address: '192.0.2.10/24' }] },
});

interface Way {
  readonly name: string;
  readonly mode: Mode;
  /** Ours, as it was brought to the node beforehand; undefined where the runtime pulls it. */
  readonly image?: () => Image;
  /** Brings the archive to the cluster; the stack ends with the story. */
  readonly prepare: (cluster: Cluster, stack: AsyncDisposableStack) => Promise<Prepared>;
}

interface Prepared {
  /** What the chart's `cniPlugins` has to be told. */
  readonly cniPlugins: Values;
  /** What the whole chart has to be told. */
  readonly values?: Values;
  /** What the archive's place has seen in the end. */
  readonly expectSeen?: () => void;
}

/** As every site has it that pulls its images from a registry of its own. */
const pullSecret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'site-registry', namespace: 'kube-system' },
  type: 'kubernetes.io/dockerconfigjson',
  stringData: { '.dockerconfigjson': dockerConfig },
};

const claimed = { accessModes: ['ReadOnlyMany'], storageClassName: '' };

/** A claim in the release's namespace, and the volume that it is bound to: a directory of the node. */
const claim = [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'cni-archives' },
    spec: {
      ...claimed,
      capacity: { storage: '1Gi' },
      hostPath: { path: deliveredDir },
      claimRef: { namespace: 'kube-system', name: 'cni-archives' },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'cni-archives', namespace: 'kube-system' },
    spec: { ...claimed, volumeName: 'cni-archives', resources: { requests: { storage: '1Gi' } } },
  },
];

const ways: readonly Way[] = [
  {
    name: 'the bundled image',
    mode: 'thick',
    image: () => bundledImage(archive),
    prepare: async () => ({ cniPlugins: { source: 'bundled' } }),
  },
  {
    name: 'a tarball on the node',
    mode: 'thin',
    image: installerImage,
    async prepare(cluster) {
      await deliverArchive(cluster.node, archive);
      return { cniPlugins: { source: 'hostPath', hostPath: { path: deliveredDir } } };
    },
  },
  {
    name: 'a volume',
    mode: 'thick',
    image: installerImage,
    async prepare(cluster) {
      await deliverArchive(cluster.node, archive);
      await cluster.apply(claim);
      return { cniPlugins: { source: 'pvc', pvc: { claimName: 'cni-archives' } } };
    },
  },
  {
    name: 'a registry, which has our image as well, with the pull secret of the release',
    mode: 'thin',
    async prepare(cluster, stack) {
      const registry = stack.use(await startRegistryOnNode(cluster.node, archive, installerImage()));
      await cluster.apply([pullSecret]);
      return {
        cniPlugins: { source: 'mirror', mirror: { urls: [registry.mirror] } },
        values: { image: registry.image, imagePullSecrets: ['site-registry'] },
        expectSeen: () => expectPulled(registry.requests()),
      };
    },
  },
];

/** By the runtime our image, by us the plugins: each was let in by the same secret. */
function expectPulled(requests: readonly string[]): void {
  const blob = `GET /v2/site/cni-plugins/blobs/sha256:${archive.sha256}`;
  expect(requests.filter((request) => request.includes('/site/cni-plugins/'))).toEqual([
    `${blob} 401`,
    `${blob} 200`,
  ]);
  expect(requests).toContainEqual(
    expect.stringMatching(/^(HEAD|GET) \/v2\/site\/cni-plugins-installer\/manifests\/\S+ 200$/),
  );
}

/** The cluster's own bridge, and the cables of its nodes: nothing leads to this machine, or out of it. */
async function expectNoOtherNetwork(cluster: Cluster): Promise<void> {
  const links = JSON.parse(await cluster.client('ip', ['-json', 'link'])) as { readonly ifname: string }[];
  expect(links.map(({ ifname }) => ifname).toSorted()).toEqual(['cable1', 'lo', 'nodes']);
}

describeInCluster('our chart where there is no other network', () => {
  it.each(ways)('brings Multus up, and attaches a pod, by $name', async ({ name, mode, image, prepare }) => {
    const images = [
      await busyboxImage(),
      await multusOfChart(mode),
      ...(image === undefined ? [] : [image()]),
    ];

    await inCluster(`air gap, ${name}`, { images }, async ({ cluster, reached }) => {
      await using stack = new AsyncDisposableStack();
      await expectNoOtherNetwork(cluster);
      const { cniPlugins, values, expectSeen } = await prepare(cluster, stack);

      await new Release(cluster).install({
        mode,
        cniPlugins: { ...wish(archive), ...cniPlugins },
        ...values,
      });
      const { exitCode, report } = await untilInstallerEnds(cluster);
      await untilMultusServes(cluster);
      expect({ exitCode, report }).toMatchObject({
        exitCode: 0,
        report: { outcome: 'installed', version: current },
      });
      reached('Multus serves');

      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan, attachedPod('app', 'macvlan')]);
      await expectAttached(cluster, 'app', /^192\.0\.2\.10$/);
      expectSeen?.();
      reached('a pod is attached');
    });
  });
});
