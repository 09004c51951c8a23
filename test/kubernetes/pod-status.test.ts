// Proves what the API server says of Multus' pod with ours in it: the same QoS class, and a report that people can read.

import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { installerEnd } from './cluster/installer-in-pod.ts';
import { installerImage } from './cluster/installer-image.ts';
import { multusImage } from './cluster/multus-image.ts';
import { multusPod, untilMultusServes } from './cluster/multus.ts';
import { applySite, type Site } from './cluster/site.ts';
import { inCluster } from './cluster/story.ts';

const archive = pluginsArchive(current);

/** Of the pod of a DaemonSet that is made anew for it. */
async function qosClass(cluster: Cluster, site: Omit<Site, 'files'>): Promise<string> {
  const gone = ['delete', '--namespace=kube-system', '--ignore-not-found'];
  await cluster.kubectl(...gone, '--cascade=orphan', 'daemonset/kube-multus-ds');
  // Without waiting for its containers: what they leave undone is none of this.
  await cluster.kubectl(...gone, '--force', '--grace-period=0', 'pods', '--selector=app=multus');
  await applySite(cluster, site);
  return cluster.until('the QoS class', async () => (await multusPod(cluster))?.status.qosClass);
}

describeInCluster("what the API server says of Multus' pod", () => {
  it('is as good with ours in it', async () => {
    const images = [await busyboxImage(), await multusImage('thick'), installerImage()];

    await inCluster('pod status', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      for (const mode of ['thin', 'thick'] as const) {
        const withComponents = async (...components: readonly string[]): Promise<string> =>
          qosClass(cluster, { mode, archive, mirror: mirror.url, components });

        expect(await withComponents()).toBe('Burstable');
        expect(await withComponents('guaranteed')).toBe('Guaranteed');
        expect(await withComponents('guaranteed', 'install')).toBe('Guaranteed');
        expect(await withComponents('install')).toBe('Burstable');
        reached(`the QoS class is that of ${mode} Multus alone`);
      }

      await untilMultusServes(cluster);
      const end = await installerEnd(cluster);
      const pod = (await multusPod(cluster))?.metadata.name ?? '';
      const described = await cluster.kubectl('describe', 'pod', '--namespace=kube-system', pod);
      const [, shown = ''] = /^ +Message: +(\{"summary":.*\})$/m.exec(described) ?? [];
      expect(end).toMatchObject({ exitCode: 0, report: { mounts: { shared: true } } });
      expect(JSON.parse(shown)).toEqual(end?.report);
      reached('the report can be read');
    });
  });
});
