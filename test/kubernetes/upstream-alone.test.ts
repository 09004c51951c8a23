// Proves that Multus alone fails on a bare node in the very words that people search for, in what kubectl shows.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { multusImage } from './cluster/multus-image.ts';
import {
  attachedPod,
  attachment,
  multusPod,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilWarned,
} from './cluster/multus.ts';
import { unpackPlugins } from './cluster/plugins-of-others.ts';
import { inCluster } from './cluster/story.ts';
import { upstreamManifest } from './cluster/programs.ts';
import { providersPlugins } from './cluster/worker.ts';

const notShared = 'path "/opt/cni/bin" is mounted on "/" but it is not a shared mount';
const refusal = `failed to generate container "<id>" spec: failed to generate spec: ${notShared}`;

/** Thin Multus looks twice into the one directory. */
const pathSearched = { thin: '/opt/cni/bin /opt/cni/bin', thick: '/opt/cni/bin' } as const;

const macvlan = attachment('macvlan', {
  type: 'macvlan',
  master: 'eth0',
  mode: 'bridge',
  ipam: { type: 'static', addresses: [{ address: '192.0.2.10/24' }] },
});

interface Waiting {
  readonly pod: string;
  readonly reason: string;
  readonly message: string;
}

async function refusedContainer(cluster: Cluster): Promise<Waiting | undefined> {
  const pod = await multusPod(cluster);
  const waiting = pod?.status.initContainerStatuses?.[0]?.state.waiting;
  if (pod === undefined || waiting?.message === undefined) return undefined;
  return { pod: pod.metadata.name, reason: waiting.reason, message: withoutId(waiting.message) };
}

function withoutId(message: string): string {
  return message.replace(/"[0-9a-f]{64}"/, '"<id>"');
}

describeInCluster("upstream's manifest alone, on a bare node", () => {
  it.each(['thin', 'thick'] as const)('fails twice, in the words people search for: %s', async (mode) => {
    const images = [await busyboxImage(), await multusImage(mode)];

    await inCluster(`upstream alone, ${mode}`, { images }, async ({ cluster, reached }) => {
      await cluster.apply(upstreamManifest(mode));
      const refused = await cluster.until('the refusal', () => refusedContainer(cluster));
      const warning = await untilWarned(cluster, refused.pod, notShared);
      expect(refused).toMatchObject({ reason: 'CreateContainerError', message: refusal });
      expect(warning.reason).toBe('Failed');
      expect(withoutId(warning.message)).toBe(`Error: ${refusal}`);
      reached('the mount is not shared');

      await cluster.node.host('mount --make-rshared /');
      await unpackPlugins(cluster.node, pluginsArchive(current), providersPlugins);
      await cluster.kubectl('delete', 'pod', '--namespace=kube-system', refused.pod);
      await untilMultusServes(cluster);
      reached('Multus serves, after both were helped by hand');

      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan, attachedPod('app', 'macvlan')]);
      const words = `failed to find plugin "macvlan" in path [${pathSearched[mode]}]`;
      expect(await untilWarned(cluster, 'app', words)).toMatchObject({ reason: 'FailedCreatePodSandBox' });
      reached('the plugin is missing');
    });
  });
});
