// Proves on a real runtime that the chart's profile of each distribution serves a node whose directories lie as they do there.

import { expect, it } from 'vitest';
import { archives, bootInstallerNode } from '../support/node/installer-container.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import type { RuntimeRefusal } from '../throwaway-node/cri.ts';
import type { PodRun } from './mini-kubelet.ts';
import type { Mode } from './kustomization.ts';
import { digestOnly, expectStarted, inBinDir, plugins, start } from './pod-on-node.ts';
import { describeWith } from '../support/built-tools.ts';
import { template, type Values } from './render.ts';

const fromHost: Values = { cniPlugins: { source: 'hostPath', hostPath: { path: archives.hostPath } } };

interface Site {
  readonly distribution: string;
  readonly mode: Mode;
  readonly layout: 'simple' | 'hardened';
  readonly binDir: string;
  /** What the distribution has done to its node before. Default: nothing that matters here. */
  readonly preinit?: string;
}

const gkeBin = '/home/kubernetes/bin';

const sites: readonly Site[] = [
  { distribution: 'kubeadm', mode: 'thick', layout: 'hardened', binDir: '/opt/cni/bin' },
  { distribution: 'rke2', mode: 'thick', layout: 'simple', binDir: '/opt/cni/bin' },
  { distribution: 'k0s', mode: 'thick', layout: 'simple', binDir: '/opt/cni/bin' },
  { distribution: 'k3s', mode: 'thin', layout: 'hardened', binDir: '/var/lib/rancher/k3s/data/cni' },
  { distribution: 'k3d', mode: 'thin', layout: 'simple', binDir: '/bin' },
  {
    distribution: 'microk8s',
    mode: 'thick',
    layout: 'simple',
    binDir: '/var/snap/microk8s/current/opt/cni/bin',
    // `current` is the snap's link to its revision.
    preinit: 'mkdir -p /var/snap/microk8s/8000 && ln -s 8000 /var/snap/microk8s/current',
  },
  {
    distribution: 'gke',
    mode: 'thick',
    layout: 'hardened',
    binDir: gkeBin,
    // A mount of its own, because the one below it is noexec there: it has to be shared as well.
    preinit: `mkdir -p ${gkeBin} && mount --bind ${gkeBin} ${gkeBin} && mount --make-private ${gkeBin}`,
  },
  { distribution: 'talos', mode: 'thin', layout: 'simple', binDir: '/opt/cni/bin' },
  {
    distribution: 'bottlerocket',
    mode: 'thin',
    layout: 'simple',
    binDir: '/opt/cni/bin',
    // Plugins of the image below, what is written above.
    preinit:
      'mkdir -p /run/image/bin /run/overlay/upper /run/overlay/work && mount -t overlay -o lowerdir=/run/image,upperdir=/run/overlay/upper,workdir=/run/overlay/work overlay /opt/cni',
  },
  {
    distribution: 'microshift',
    mode: 'thin',
    layout: 'simple',
    binDir: '/run/cni/bin',
    // A tmpfs, hence empty after each boot: its package makes the directory.
    preinit: 'mkdir -p /run/cni/bin',
  },
  {
    distribution: 'fedora-crio',
    mode: 'thin',
    layout: 'simple',
    binDir: '/usr/libexec/cni',
    // Of the package of plugins, which CRI-O's depends on.
    preinit: 'mkdir -p /usr/libexec/cni && cp /bin/busybox /usr/libexec/cni/bandwidth',
  },
  {
    distribution: 'nixos',
    mode: 'thin',
    layout: 'simple',
    binDir: '/opt/cni/bin',
    // Links into a store that nobody can write to.
    preinit:
      'mkdir -p /nix/store/cni/bin && cp /bin/busybox /nix/store/cni/bin/bridge && ln -s /nix/store/cni/bin/bridge /opt/cni/bin/bridge',
  },
];

describeWith(['helm'], 'with helm', () => {
  describeOnNode('the profile of a distribution, on a node whose root is private', () => {
    it.each(sites.map((site) => [site.distribution, site] as const))(
      '%s: the plugins are where its runtime looks, on a shared mount',
      async (distribution, { mode, layout, binDir, preinit = 'true' }) => {
        await using node = await bootInstallerNode({ preinit });
        const objects = template({ distribution, mode, layout, ...fromHost });

        const run = await start(node, objects, { site: digestOnly });

        expectStarted(run, objects);
        expect(await inBinDir(node, binDir)).toEqual(expect.arrayContaining([...plugins, 'multus']));
        expect(await node.mountinfo(binDir)).toMatchObject({ shared: true });
      },
    );

    it('k3s: the daemon of thick Multus can follow the links that its bin dir holds', async () => {
      const data = '/var/lib/rancher/k3s/data';
      await using node = await bootInstallerNode({
        preinit: `mkdir -p ${data}/cni ${data}/hash/bin && cp /bin/busybox ${data}/hash/bin/cni && ln -s ${data}/hash/bin/cni ${data}/cni/flannel`,
      });
      const objects = template({ distribution: 'k3s', mode: 'thick', ...fromHost });

      const run = await start(node, objects, { site: digestOnly });

      expectStarted(run, objects);
      const [daemon] = run.staying as Exclude<PodRun['staying'], RuntimeRefusal>;
      const seen =
        daemon && (await node.cri.exec(daemon, ['stat', '-L', `${data}/cni/flannel`, `${data}/cni/macvlan`]));
      expect(seen).toMatchObject({ exitCode: 0 });
    });
  });
});
