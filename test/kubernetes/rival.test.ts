// Proves what becomes of a name that another installer of the cluster writes too, as docs/ways-in.md has it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { type InstallerEnd, untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { installerImage } from './cluster/installer-image.ts';
import { attachedPod, attachment, untilAttachmentsAreKnown, untilMultusServes } from './cluster/multus.ts';
import { digestsIn } from './cluster/plugins-of-others.ts';
import { multusOfChart, Release, wishFrom } from './cluster/release.ts';
import { applyRival, restartRival } from './cluster/rival.ts';
import { inCluster } from './cluster/story.ts';

const [theirs, ours] = [pluginsArchive('v1.6.2'), pluginsArchive(current)];
const contested = ['macvlan', 'portmap'] as const;

const macvlan = (name: string, address: string): unknown =>
  attachment(name, { type: 'macvlan', master: 'eth0', ipam: { type: 'static', addresses: [{ address }] } });

/** By their digests: `macvlan: ours`. What is neither's has no owner but its digest. */
async function ownersByDigest(): Promise<(line: string) => string> {
  const owners = new Map<string, string>();
  for (const [owner, archive] of Object.entries({ ours, theirs })) {
    for (const [name, digest] of await digestsIn(archive, contested)) owners.set(`${name} ${digest}`, owner);
  }
  return (line) => {
    const [digest = '', name = ''] = line.split(/\s+/);
    return `${name}: ${owners.get(`${name} ${digest}`) ?? digest}`;
  };
}

const list = `cd /opt/cni/bin && sha256sum ${contested.join(' ')}`;
const allOurs = ['macvlan: ours', 'portmap: ours'];
const allTheirs = ['macvlan: theirs', 'portmap: theirs'];

/** Whatever the names led to, at any time while `act` ran. */
async function seenDuring(node: ThrowawayNode, act: () => Promise<unknown>): Promise<string[]> {
  const over = '/run/watched-enough';
  const watching = node.host(`rm -f ${over}; until [ -e ${over} ]; do (${list}) 2>&1; done | sort -u`);
  await act().finally(() => writeFileSync(join(node.root, over), ''));
  return (await watching).trimEnd().split('\n');
}

/** Starts our pod again. Resolves to how the installer ended in it. */
async function restartOurs(cluster: Cluster, last: InstallerEnd): Promise<InstallerEnd> {
  await cluster.kubectl('rollout', 'restart', '--namespace=kube-system', 'daemonset/kube-multus-ds');
  const end = await untilInstallerEnds(cluster, last);
  await untilMultusServes(cluster);
  return end;
}

describeInCluster('a name that another installer writes at each of its starts', () => {
  it('goes to whoever started last, each time whole, until the policy settles it', async () => {
    const images = [await busyboxImage(), await multusOfChart('thick'), installerImage()];
    const ownerOf = await ownersByDigest();

    await inCluster('rival', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      const release = new Release(cluster);
      const owners = async (): Promise<string[]> =>
        (await cluster.node.host(list)).trimEnd().split('\n').map(ownerOf);

      await applyRival(cluster, theirs, contested);
      expect(await owners()).toEqual(allTheirs);
      reached('the other installer was there first');

      const seen = await seenDuring(cluster.node, async () => {
        await release.install({ cniPlugins: wishFrom(mirror.url, ours) });
        await untilInstallerEnds(cluster);
      });
      const installed = await untilInstallerEnds(cluster);
      await untilMultusServes(cluster);
      expect(installed).toMatchObject({ exitCode: 0, report: { outcome: 'installed' } });
      expect(seen.map(ownerOf).toSorted()).toEqual([...allOurs, ...allTheirs].toSorted());
      expect(await owners()).toEqual(allOurs);
      reached('ours has replaced its plugins');

      await restartRival(cluster);
      expect(await owners()).toEqual(allTheirs);
      expect(await release.test()).toMatchObject({
        passed: false,
        said: expect.stringMatching(/^node1: drifted: .*macvlan works, but has other bytes than we placed/m),
      });
      reached('the other has overwritten them, and helm test says so');

      const requests = mirror.requests();
      const repaired = await restartOurs(cluster, installed);
      expect(repaired).toMatchObject({ exitCode: 0, report: { outcome: 'repaired' } });
      expect(repaired.report.plugins.placed).toEqual(contested);
      expect(await owners()).toEqual(allOurs);
      await untilAttachmentsAreKnown(cluster);
      await cluster.apply([macvlan('by-ours', '192.0.2.10/24'), attachedPod('app', 'by-ours')]);
      await expectAttached(cluster, 'app', /^192\.0\.2\.10$/);
      reached('ours has repaired them');

      await release.upgrade({ cniPlugins: { skip: contested } });
      const skipped = await untilInstallerEnds(cluster, repaired);
      await untilMultusServes(cluster);
      expect(await owners()).toEqual(allTheirs);
      expect(await release.test()).toMatchObject({ passed: true });
      reached('left out, they are the others’ again, and helm test is content');

      await release.upgrade({ cniPlugins: { skip: [], onConflict: 'keep' } });
      const kept = await untilInstallerEnds(cluster, skipped);
      await untilMultusServes(cluster);
      expect(kept).toMatchObject({ exitCode: 0, report: { plugins: { kept: contested } } });
      await restartRival(cluster);
      const again = await restartOurs(cluster, kept);
      expect(again).toMatchObject({ exitCode: 0, report: { outcome: 'unchanged' } });
      expect(await owners()).toEqual(allTheirs);
      await cluster.apply([macvlan('by-theirs', '192.0.2.11/24'), attachedPod('app-2', 'by-theirs')]);
      await expectAttached(cluster, 'app-2', /^192\.0\.2\.11$/);
      expect(mirror.requests()).toEqual(requests);
      reached('kept, they stay the others’ whoever starts');
    });
  });
});
