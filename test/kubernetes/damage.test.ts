// Proves that what a package upgrade deletes is back after a restart of Multus' pod, from the node's own store.

import { expect, it } from 'vitest';
import { documentedCommand } from '../docs/commands.ts';
import { project } from '../support/project.ts';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { installerImage } from './cluster/installer-image.ts';
import { multusImage } from './cluster/multus-image.ts';
import {
  attachedPod,
  attachment,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilWarned,
} from './cluster/multus.ts';
import { applySite } from './cluster/site.ts';
import { inCluster } from './cluster/story.ts';
import { Terminal } from './cluster/terminal.ts';
import { programsDir } from './cluster/programs.ts';

const archive = pluginsArchive(current);
const range = { subnet: '192.0.2.0/24', rangeStart: '192.0.2.10', rangeEnd: '192.0.2.19' };
const ipam = { type: 'host-local', ranges: [[range]] };
const macvlan = attachment('macvlan', { type: 'macvlan', master: 'eth0', ipam });

const audit = documentedCommand('docs/troubleshooting.md', 'kubectl -n kube-system run verify-plugins');

/** The audit, and then how it ended. */
const auditOfNode1 = `PATH=${programsDir}:$PATH; ${audit.replace('NODE', 'node1')}\necho $?`;

/** kubectl has nothing to show of a container that ended while kubectl was about to attach to it: it is asked again. */
function audited(cluster: Cluster): Promise<string> {
  return cluster.until('the audit has its output', async () => {
    const said = await cluster.client('bash', ['-c', auditOfNode1]);
    return said.includes('macvlan') ? said : undefined;
  });
}

describeInCluster('plugins that a package upgrade deleted', () => {
  it('are repaired from the store when the pod is started again, and nothing is asked of the mirror', async () => {
    const images = [await busyboxImage(), await multusImage('thick'), installerImage()];

    await inCluster('damage', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      await applySite(cluster, { mode: 'thick', archive, mirror: mirror.url, components: ['install'] });
      await untilMultusServes(cluster);
      const installed = await untilInstallerEnds(cluster);
      const requests = mirror.requests();
      const terminal = new Terminal(cluster, project);
      await untilAttachmentsAreKnown(cluster);
      reached('Multus serves');

      await cluster.node.host('find /opt/cni/bin -maxdepth 1 -type f -delete');
      await cluster.apply([macvlan, attachedPod('app', 'macvlan')]);
      await untilWarned(cluster, 'app', 'failed to find plugin');
      // While no Multus serves, the runtime would give the waiting pod the provider's network alone. That is Multus' own affair.
      await cluster.kubectl('delete', 'pod', 'app', '--force', '--grace-period=0');
      expect(await audited(cluster)).toMatch(/macvlan +absent[^]*\n9\n$/);
      reached('the plugins are gone');

      await terminal.type(documentedCommand('docs/upgrade.md', 'kubectl -n kube-system rollout restart'));
      const repaired = await untilInstallerEnds(cluster, installed);
      expect(repaired).toMatchObject({ exitCode: 0, report: { outcome: 'repaired' } });
      expect(repaired.report.plugins.placed).toEqual(installed.report.plugins.placed);
      expect(mirror.requests()).toEqual(requests);
      await untilMultusServes(cluster);
      expect(await audited(cluster)).toMatch(/macvlan +intact[^]*\n0\n$/);
      await cluster.apply([attachedPod('healed', 'macvlan')]);
      await expectAttached(cluster, 'healed', /^192\.0\.2\.1\d$/);
      reached('they are repaired');

      const page = 'docs/troubleshooting.md';
      expect(await terminal.type(documentedCommand(page, 'kubectl get pods --all-namespaces'))).toContain(
        repaired.report.summary,
      );
      expect(await terminal.type(documentedCommand(page, 'kubectl -n kube-system logs'))).toContain(
        repaired.report.summary,
      );
      const reports = await terminal.type(documentedCommand('docs/report.md', 'kubectl get pods -A'));
      expect(reports).toMatch(/^node1 \{"summary":.*"outcome":"repaired".*\}\n+$/);
      await terminal.type(documentedCommand('docs/uninstall.md', 'kubectl -n kube-system delete daemonset'));
      expect(await cluster.kubectl('get', 'daemonsets', '--namespace=kube-system')).not.toContain('multus');
      reached('their reports were read, and the DaemonSet is deleted');
    });
  });
});
