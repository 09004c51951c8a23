// Proves that our chart leaves alone what is not Helm's, and takes over upstream's Multus as docs/upgrade.md says.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandsOn, documentedCommand } from '../docs/commands.ts';
import { project } from '../support/project.ts';
import { current } from '../support/node/installer-container.ts';
import type { DaemonSet, PodSpec } from '../manifests/objects.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { CustomResourceDefinition } from './cluster/api-objects.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { expectAttached } from './cluster/expect-attached.ts';
import { installerImage } from './cluster/installer-image.ts';
import { untilInstallerEnds } from './cluster/installer-in-pod.ts';
import { multusImage } from './cluster/multus-image.ts';
import { attachedPod, attachment, multusPod, untilMultusServes } from './cluster/multus.ts';
import { multusOfChart, Release, wishFrom } from './cluster/release.ts';
import { inCluster } from './cluster/story.ts';
import { Terminal } from './cluster/terminal.ts';
import { documentedValues, otherCharts, pastedIntoBitnamis } from './cluster/other-charts.ts';
import { program, upstreamManifest } from './cluster/programs.ts';

const archive = pluginsArchive(current);
const definitionPath =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/network-attachment-definitions.k8s.cni.cncf.io';

const macvlan = attachment('macvlan', {
  type: 'macvlan',
  master: 'eth0',
  ipam: { type: 'static', addresses: [{ address: '192.0.2.10/24' }] },
});

/** The commands of docs/upgrade.md that hand upstream's objects over to Helm. */
const handingOver = commandsOn('docs/upgrade.md')
  .map(({ text }) => text)
  .filter((text) => /^for object in [^;]*multus/.test(text));

async function attachmentDefinition(cluster: Cluster): Promise<CustomResourceDefinition> {
  return cluster.until('the definition of attachments is established', async () => {
    const found = await cluster.find<CustomResourceDefinition>(definitionPath);
    return found?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')
      ? found
      : undefined;
  });
}

/** What the API server makes of an object, which is not kept. */
async function judged(cluster: Cluster, object: object): Promise<DaemonSet> {
  const kept = await cluster.client(
    program('kubectl'),
    ['create', '--dry-run=server', '--output=json', '--filename=-'],
    JSON.stringify(object),
  );
  return JSON.parse(kept) as DaemonSet;
}

/** What Helm would make of the release with thin Multus. */
async function upgradeToThin(cluster: Cluster, ...flags: readonly string[]): Promise<string> {
  const upgrade = ['upgrade', 'multus', join(project, 'manifests/chart'), '--namespace=kube-system'];
  return cluster.client(program('helm'), [...upgrade, '--set=mode=thin', '--dry-run=server', ...flags]);
}

async function refusalOfThin(cluster: Cluster, ...flags: readonly string[]): Promise<string> {
  return upgradeToThin(cluster, ...flags).then(
    () => '',
    (error: unknown) => String(error),
  );
}

const enforced = 'pod-security.kubernetes.io/enforce';

/** What an operator reads who installs the chart there. */
async function notesIn(cluster: Cluster, namespace: string): Promise<string> {
  const install = [
    'install',
    'trial',
    join(project, 'manifests/chart'),
    `--namespace=${namespace}`,
    '--dry-run=server',
  ];
  return (await cluster.client(program('helm'), install)).split('\nNOTES:\n')[1] ?? '';
}

describeInCluster("our chart over upstream's Multus that kubectl applied", () => {
  it('is refused by Helm, takes over what is handed over to it, and leaves the definition alone', async () => {
    const images = [
      await busyboxImage(),
      await multusImage('thick'),
      await multusOfChart('thick'),
      installerImage(),
    ];

    await inCluster('takeover', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      const release = new Release(cluster);
      const multus = { config: { logLevel: 'verbose' } };
      const values = { cniPlugins: wishFrom(mirror.url, archive), multus };
      await cluster.apply(upstreamManifest('thick'));
      const others = await attachmentDefinition(cluster);
      const stuck = await cluster.until("upstream's pod", () => multusPod(cluster));

      await expect(release.install(values)).rejects.toThrow(
        / exists and cannot be imported into the current release: invalid ownership metadata/,
      );
      expect(await attachmentDefinition(cluster)).toEqual(others);
      expect((await multusPod(cluster))?.metadata.uid).toBe(stuck.metadata.uid);
      reached('Helm has refused');

      const terminal = new Terminal(cluster, project);
      expect(handingOver).toHaveLength(2);
      for (const command of handingOver) await terminal.type(command);
      await release.install(values);
      const { exitCode, report } = await untilInstallerEnds(cluster);
      await untilMultusServes(cluster);
      expect({ exitCode, report }).toMatchObject({ exitCode: 0, report: { outcome: 'installed' } });
      const names = (await multusPod(cluster))?.status.initContainerStatuses?.map(({ name }) => name);
      expect(names).toEqual(['install-cni-plugins', 'install-multus-binary']);
      reached('Multus serves');

      const [, way = ''] =
        /with (--reset-\S+ and \S+=null)/.exec(await refusalOfThin(cluster, '--reuse-values')) ?? [];
      expect(way).toBe('--reset-then-reuse-values and multus.config=null');
      expect(await upgradeToThin(cluster, ...way.replace('and ', '--set ').split(' '))).toContain(
        'thin_entrypoint',
      );
      reached('thin Multus would pass over what the daemon was told, and is refused with the way out');

      expect(await release.manifest()).not.toContain('kind: CustomResourceDefinition');
      await cluster.apply([macvlan, attachedPod('app', 'macvlan')]);
      await expectAttached(cluster, 'app', /^192\.0\.2\.10$/);
      await release.uninstall();
      expect(await attachmentDefinition(cluster)).toEqual(others);
      reached("a pod was attached, and the release is gone; the others' definition is as it was");

      for (const chart of otherCharts) {
        const accepted = await judged(cluster, chart.daemonSet(documentedValues(chart)));
        expect(accepted.spec.template.spec.initContainers?.[0]).toMatchObject({
          image: expect.stringMatching(/cni-plugins-installer:.*-bundled$/),
          securityContext: { privileged: true },
        });
      }
      await expect(judged(cluster, pastedIntoBitnamis())).rejects.toThrow(
        /volumeMounts\[0\].name: Not found: "cnibin"/,
      );
      reached("the API server accepts what the pages have people set in other people's charts");

      const pages = { uninstall: 'docs/uninstall.md', security: 'docs/security.md' };
      await cluster.kubectl('create', 'namespace', 'multus');
      await cluster.kubectl('label', 'namespace', 'multus', `${enforced}=baseline`);
      const [, cure = ''] = /^ *(kubectl label namespace .*)$/m.exec(await notesIn(cluster, 'multus')) ?? [];
      expect(cure).toMatch(/^kubectl label namespace multus .*enforce=privileged$/);
      await terminal.type(cure);
      expect(await notesIn(cluster, 'multus')).not.toContain('kubectl label namespace');
      await cluster.kubectl('label', 'namespace', 'multus', `${enforced}-`);
      await terminal.type(documentedCommand(pages.security, 'kubectl label namespace'));
      reached('a namespace that admits no pod of ours is told of, with the way out');

      await cluster.kubectl('delete', 'pods', '--all', '--namespace=default', '--force', '--grace-period=0');
      const networks = documentedCommand(pages.uninstall, 'kubectl get network-attachment-definitions');
      expect(await terminal.type(networks)).toMatch(/^default +macvlan /m);
      await terminal.type(documentedCommand(pages.uninstall, 'kubectl delete crd'));
      expect(await cluster.find(definitionPath)).toBeUndefined();
      reached('the definition is deleted too, by whoever means it');
    });
  });
});

/** Our own manifest, with the daemon's configuration handed over only where there is one. */
const ours = readFileSync(join(project, 'manifests/multus-daemonset.yml'), 'utf8');
const handingOverThin = handingOver.map((command) => command.replace(' configmap/multus-daemon-config', ''));

describeInCluster('our chart over our own manifest that kubectl applied', () => {
  it('takes over privileged containers and makes of them what the hardened layout promises', async () => {
    const images = [await busyboxImage(), await multusOfChart('thin'), installerImage()];

    await inCluster('takeover, hardened', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      const terminal = new Terminal(cluster, project);
      await cluster.apply(ours);
      await cluster.until('the pod of our manifest', () => multusPod(cluster));

      for (const command of handingOverThin) await terminal.type(command);
      const take = documentedCommand('docs/upgrade.md', 'helm upgrade --install multus');
      const values = JSON.stringify(wishFrom(mirror.url, archive));
      await terminal.type(`${take} --set mode=thin --set layout=hardened --set-json 'cniPlugins=${values}'`);
      await cluster.until('the new pod is there', async () => {
        const statuses = (await multusPod(cluster))?.status.initContainerStatuses ?? [];
        return statuses.some(({ name }) => name === 'share-mounts') ? true : undefined;
      });
      await untilMultusServes(cluster);
      reached('the release serves');

      const pod = await cluster.find<{ spec: PodSpec }>(
        `/api/v1/namespaces/kube-system/pods/${(await multusPod(cluster))?.metadata.name}`,
      );
      const [sharer, installer] = pod?.spec.initContainers ?? [];
      expect([sharer?.name, installer?.name]).toEqual(['share-mounts', 'install-cni-plugins']);
      expect(sharer?.securityContext).toMatchObject({ privileged: false, capabilities: { drop: ['ALL'] } });
      expect(installer?.securityContext).toMatchObject({
        privileged: false,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
      expect(installer?.securityContext?.capabilities?.add).toBeUndefined();
      reached('each container has what it needs, and no more');
    });
  });
});
