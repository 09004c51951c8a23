// Proves that what holds with the machine's containerd holds with containerd 2 too, and what only that one can: image volumes.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bootInstallerNode, current, runInstaller } from '../support/node/installer-container.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { replaceBinDir } from '../support/node/replaced-bin-dir.ts';
import { describeWhere } from '../support/needs.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { archiveImage } from '../throwaway-node/images.ts';
import { bases, type Mode } from '../manifests/kustomization.ts';
import { objectsIn } from '../manifests/objects.ts';
import {
  digestOnly,
  expectStarted,
  inBinDir,
  plugins,
  refusals,
  reportOf,
  start,
} from '../manifests/pod-on-node.ts';
import { manifest, template } from '../manifests/render.ts';
import { missingOf } from '../support/built-tools.ts';
import { project } from '../support/project.ts';

/** containerd 2 with its shim and ctr. */
const containerd = join(project, 'build/tools/containerd');
const missing = existsSync(join(containerd, 'containerd'))
  ? missingOf(['helm'])
  : 'containerd 2 (test/setup/tools.sh builds it)';
const multusAlone = bases.find(({ name }) => name === 'a manifest without ours');

describeWhere(missing, 'with containerd 2', () => {
  describeOnNode('a node whose root is private', () => {
    it.each<Mode>(['thin', 'thick'])('refuses Multus alone in the same words: %s', async (mode) => {
      await using node = await bootInstallerNode({ containerd });
      const objects = objectsIn(multusAlone?.text(mode) ?? '');

      expect(await node.cri.version()).toMatch(/^v?2\./);
      expect(refusals(await start(node, objects))).toEqual([
        [
          'install-multus-binary',
          'failed to generate spec: path "/opt/cni/bin" is mounted on "/" but it is not a shared mount',
        ],
      ]);
    });

    it.each(['multus-daemonset.yml', 'multus-daemonset-thick.yml', 'examples/thick-hardened.yml'])(
      'starts %s, which leaves proved plugins and shared mounts',
      async (path) => {
        await using node = await bootInstallerNode({ containerd });
        const objects = objectsIn(manifest(path));

        const run = await start(node, objects);

        expectStarted(run, objects);
        expect(await inBinDir(node)).toEqual(expect.arrayContaining([...plugins, 'multus']));
        expect(await node.mountinfo('/')).toMatchObject({ shared: true });
        expect(reportOf(run, 'install-cni-plugins')).toMatchObject({ outcome: 'installed' });
      },
    );

    it('keeps a watch on a bin dir that is removed, ends it with 0, and gives the next start the new one', async () => {
      await using node = await bootInstallerNode({ containerd });
      expect(await runInstaller(node)).toMatchObject({ exitCode: 0 });

      const { end, before, after, said } = await replaceBinDir(node);

      expect(end).toMatchObject({ exitCode: 0 });
      expect(after).toBe(before);
      expect(said).toContain('was put into the new one');
    });

    it('takes the archive from an image that is mounted as a volume', async () => {
      const reference = 'registry.example/cni-archives:v1.9.1';
      const objects = template({ cniPlugins: { source: 'image', archiveImage: { reference } } }, [
        '--kube-version=1.35.0',
      ]);
      await using node = await bootInstallerNode({ containerd, network: 'loopback' });
      await node.importImage(await archiveImage(reference, pluginsArchive(current)));

      const run = await start(node, objects, { site: digestOnly });

      expectStarted(run, objects);
      expect(await inBinDir(node)).toEqual(expect.arrayContaining([...plugins, 'multus']));
      expect(reportOf(run, 'install-cni-plugins')).toMatchObject({ outcome: 'installed' });
    });
  });
});
