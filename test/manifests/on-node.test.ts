// Proves on a real runtime that the pods of our manifests start where Multus alone is refused: on a node whose root is private.

import { expect, it } from 'vitest';
import { archives, bootInstallerNode, current } from '../support/node/installer-container.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import type { RuntimeRefusal } from '../throwaway-node/cri.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { bases, type Mode, withComponents } from './kustomization.ts';
import type { PodRun } from './mini-kubelet.ts';
import { type DaemonSet, type Objects, objectsIn } from './objects.ts';
import { expectStarted, inBinDir, plugins, refusals, reportOf, start } from './pod-on-node.ts';
import { describeWhere } from '../support/needs.ts';
import { manifest, template, type Values } from './render.ts';
import { missingOf } from '../support/built-tools.ts';
import { ownArch } from '../support/own-arch.ts';

const archive = pluginsArchive(current);
const needsTools = missingOf(['helm', 'kustomize']);
const multusOnly = bases.filter(({ name, missing }) => name !== 'our own manifest' && missing === undefined);

describeOnNode('Multus alone, on a node whose root is private', () => {
  it.each(
    multusOnly.flatMap(
      ({ name }) =>
        [
          [name, 'thin'],
          [name, 'thick'],
        ] as [string, Mode][],
    ),
  )('is refused in the words people search for: %s, %s', async (name, mode) => {
    await using node = await bootInstallerNode();
    const objects = objectsIn(multusOnly.find((base) => base.name === name)?.text(mode) ?? '');

    expect(refusals(await start(node, objects))).toEqual([
      [
        'install-multus-binary',
        'failed to generate spec: path "/opt/cni/bin" is mounted on "/" but it is not a shared mount',
      ],
    ]);
  });
});

describeOnNode('a manifest of ours, on a node whose root is private', () => {
  it.each([
    'multus-daemonset.yml',
    'multus-daemonset-thick.yml',
    'examples/thin-hardened.yml',
    'examples/thick-hardened.yml',
    'examples/node-preparation.yml',
  ])('%s starts, and leaves proved plugins and shared mounts', async (path) => {
    await using node = await bootInstallerNode();
    const objects = objectsIn(manifest(path));

    const run = await start(node, objects);

    expectStarted(run, objects);
    expect(await inBinDir(node)).toEqual(expect.arrayContaining(plugins));
    expect(await node.mountinfo('/')).toMatchObject({ shared: true });
    expect(reportOf(run, 'install-cni-plugins')).toMatchObject({ outcome: 'installed' });
  });

  it('thin-without-sharing.yml starts, and leaves the mounts as they were', async () => {
    await using node = await bootInstallerNode();
    const objects = objectsIn(manifest('examples/thin-without-sharing.yml'));
    const before = await node.mounts();

    expectStarted(await start(node, objects), objects);
    expect(await inBinDir(node)).toEqual(expect.arrayContaining([...plugins, 'multus']));
    const known = new Set(before.map(({ id }) => id));
    expect((await node.mounts()).filter(({ id }) => known.has(id))).toEqual(before);
  });

  it('node-preparation.yml stays with next to nothing, and ends when it is told to', async () => {
    await using node = await bootInstallerNode();
    const objects = objectsIn(manifest('examples/node-preparation.yml'));
    const { staying } = await start(node, objects);
    const [container] = staying as Exclude<PodRun['staying'], RuntimeRefusal>;
    if (container === undefined) throw new Error('nothing stays');

    const began = performance.now();
    await node.cri.stopContainer(container, 60);

    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await node.cri.awaitEnd(container)).toMatchObject({ exitCode: 128 + 15 });
  });

  it('starts a second time without changing anything', async () => {
    await using node = await bootInstallerNode();
    const objects = objectsIn(manifest('examples/thick-hardened.yml'));
    const first = await start(node, objects);

    const again = await start(node, objects);

    expectStarted(again, objects);
    expect(reportOf(first, 'share-mounts')).toMatchObject({ outcome: 'installed' });
    expect(reportOf(again, 'share-mounts')).toMatchObject({ outcome: 'unchanged' });
    expect(reportOf(again, 'install-cni-plugins')).toMatchObject({ outcome: 'unchanged' });
  });
});

describeWhere(needsTools, 'with helm and kustomize', () => {
  describeOnNode("our components over Multus' manifest, on a node whose root is private", () => {
    it.each(
      multusOnly.flatMap(({ name }) =>
        (
          [
            ['thin', ['install']],
            ['thick', ['install']],
            ['thick', ['guaranteed', 'install', 'hardened']],
            ['thin', ['no-bidirectional', 'install', 'without-sharing']],
          ] as [Mode, string[]][]
        ).map(([mode, components]) => [name, mode, components] as const),
      ),
    )('%s, %s with %s starts', async (name, mode, components) => {
      await using node = await bootInstallerNode();
      const base = multusOnly.find((one) => one.name === name)?.text(mode) ?? '';
      const objects = withComponents(base, components);

      expectStarted(await start(node, objects), objects);
      expect(await inBinDir(node)).toEqual(expect.arrayContaining([...plugins, 'multus']));
    });
  });

  describeOnNode('the chart, on a node whose root is private', () => {
    const airGapped: Values = {
      source: 'hostPath',
      hostPath: { path: archives.hostPath },
      sha256: { [ownArch]: archive.sha256 },
    };
    const rendered = (values: Values, cniPlugins: Values = {}): Objects =>
      template({ ...values, cniPlugins: { ...airGapped, ...cniPlugins } });

    it.each([
      ['a directory', archives.hostPath],
      ['a file', `${archives.hostPath}/cni-plugins-linux-${ownArch}-${current}.tgz`],
    ])('takes the archive from the host, as %s', async (_, path) => {
      await using node = await bootInstallerNode();
      const objects = rendered({ layout: 'hardened' }, { hostPath: { path } });

      const run = await start(node, objects, { site: { env: {}, mounts: [] } });

      expectStarted(run, objects);
      expect(await inBinDir(node)).toEqual(expect.arrayContaining([...plugins, 'multus']));
    });

    it('shares the mounts of a node whose plugins are others’', async () => {
      await using node = await bootInstallerNode();
      const objects = template({ cniPlugins: { enabled: false } });

      expectStarted(await start(node, objects), objects);
      expect(await node.mountinfo('/')).toMatchObject({ shared: true });
      expect(await inBinDir(node)).toEqual(['multus']);
    });

    it('shares just what is needed when it is told so', async () => {
      await using node = await bootInstallerNode({ preinit: 'mount -t tmpfs other /mnt' });
      const objects = rendered({ mountPropagation: { mode: 'targeted' } });

      expectStarted(await start(node, objects), objects);
      expect(await node.mountinfo('/')).toMatchObject({ shared: true });
      expect(await node.mountinfo('/mnt')).toMatchObject({ shared: false });
    });

    it('has an audit that is content with the node, and only then', async () => {
      await using node = await bootInstallerNode();
      const objects = rendered({});
      const audit = hookNamed(objects, 'kube-multus-ds-test-audit').spec.template.spec;
      const verdict = async (): Promise<unknown> => refusals(await start(node, objects, { pod: audit }));
      await start(node, objects);

      expect(await verdict()).toEqual([['verify', 0]]);
      await node.host('rm /opt/cni/bin/macvlan');
      expect(await verdict()).toEqual([['verify', 9]]);
    });

    it('has an audit that finds mounts that are no longer shared', async () => {
      await using node = await bootInstallerNode();
      const objects = rendered({});
      await start(node, objects);
      await node.host('mount --make-rprivate /');

      const audit = hookNamed(objects, 'kube-multus-ds-test-audit').spec.template.spec;

      expect(refusals(await start(node, objects, { pod: audit }))).toEqual([['verify', 9]]);
    });

    it('cleans a node up, and gives back what it displaced', async () => {
      await using node = await bootInstallerNode({
        preinit: 'mkdir -p /opt/cni/bin && echo mine >/opt/cni/bin/bridge',
      });
      const objects = rendered({ uninstall: { cleanUpNodes: true } });
      const cleanUp = hookNamed(objects, 'kube-multus-ds-clean-up');
      await start(node, objects);

      const run = await start(node, objects, { pod: cleanUp.spec.template.spec });

      expect(refusals(run)).toEqual([['uninstall-cni-plugins', 0]]);
      expect(run.staying).toHaveLength(1);
      expect(await inBinDir(node)).toEqual(['bridge', 'multus']);
      expect(await node.host('cat /opt/cni/bin/bridge')).toBe('mine\n');
    });
  });
});

function hookNamed(objects: Objects, name: string): DaemonSet {
  const found = objects.find(({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === name);
  if (found === undefined) throw new Error(`no DaemonSet ${name}`);
  return found as DaemonSet;
}
