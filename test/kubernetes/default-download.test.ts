// Proves on a real cluster that our chart, with no value but the mode, gets the release where upstream publishes it.
//
// As test/manifests/default-download-on-node.test.ts, with the real kubelet, the limits that the chart sets, and Multus. The
// cluster has no other network: upstream's names lead to a stand-in on the node.

import { beforeAll, expect, it } from 'vitest';
import { catalogThatKnows } from '../support/catalog.ts';
import { current } from '../support/node/installer-container.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { ownArch } from '../support/own-arch.ts';
import { archiveName } from '../support/release-archives.ts';
import { siteAuthority, startUpstream } from '../support/upstream/upstream-on-node.ts';
import { oneDownload } from '../support/upstream/stand-in.ts';
import { busyboxImage, type Image } from '../throwaway-node/images.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { makeSiteImage } from './cluster/make-image.ts';
import { untilMultusServes } from './cluster/multus.ts';
import { multusOfChart, Release } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';

const archive = pluginsArchive(current);
const published = { version: current, name: archiveName(current), path: archive.path };

let installer: Image;

describeInCluster('our chart with its defaults, where only upstream can be reached', () => {
  beforeAll(async () => {
    installer = makeSiteImage(catalogThatKnows(archive), (await siteAuthority()).pem);
  });

  it.each([
    { mode: 'thick', values: {} },
    { mode: 'thin', values: { mode: 'thin' } },
  ] as const)('downloads the newest release once, and Multus serves: $mode', async ({ mode, values }) => {
    const images = [await busyboxImage(), await multusOfChart(mode), installer];

    await inCluster(`default download, ${mode}`, { images }, async ({ cluster, reached }) => {
      await using upstream = await startUpstream(cluster.node, [published]);

      await new Release(cluster).install(values);
      const { exitCode, report } = await untilInstallerEnds(cluster);

      expect(upstream.requests()).toEqual(oneDownload(current, ownArch));
      expect({ exitCode, report }).toMatchObject({
        exitCode: 0,
        report: { outcome: 'installed', version: current, mounts: { shared: true } },
      });
      reached('the installer has ended');
      await untilMultusServes(cluster);
      reached('Multus serves');
    });
  });
});
