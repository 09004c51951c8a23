// Proves on a real runtime that each way to the archive that a manifest can name leads to it, on a node whose root is private.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bootInstallerNode, current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { deliverArchive, pluginsArchive } from '../support/node/plugins-archive.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { bundledImage, bundledReference } from '../throwaway-node/images.ts';
import { createAuthority } from '../transport/certificates.ts';
import { claimsDir, type Site } from './mini-kubelet.ts';
import { type KubernetesObject, objectsIn, podOf } from './objects.ts';
import { digestOnly, expectStarted, inBinDir, plugins, reportOf, start } from './pod-on-node.ts';
import { describeWith } from '../support/built-tools.ts';
import { manifest, template } from './render.ts';

const archive = pluginsArchive(current);

describeOnNode('an example with a source of its own, on a node whose root is private', () => {
  it('thin-air-gapped-host-path.yml takes the archive that lies on the host', async () => {
    const objects = objectsIn(manifest('examples/thin-air-gapped-host-path.yml'));
    const { hostPath } = podOf(objects).volumes?.find(({ name }) => name === 'cni-archives') ?? {};
    await using node = await bootInstallerNode({ network: 'loopback' });
    await deliverArchive(node, archive, hostPath?.path);

    const run = await start(node, objects, { site: digestOnly });

    expectStarted(run, objects);
    expect(await inBinDir(node)).toEqual(expect.arrayContaining([...plugins, 'multus']));
  });

  it('thick-air-gapped-bundled.yml takes the archive that its image has', async () => {
    const objects = objectsIn(manifest('examples/thick-air-gapped-bundled.yml'));
    await using node = await bootInstallerNode({ network: 'loopback' });
    await node.importImage(await bundledImage(archive));

    const run = await start(node, objects, { site: { ...digestOnly, image: bundledReference } });

    expectStarted(run, objects);
    expect(await inBinDir(node)).toEqual(expect.arrayContaining([...plugins, 'multus']));
  });

  it("thick-mirror.yml takes the archive from the site's mirror, whose authority only the site trusts", async () => {
    const objects = objectsIn(manifest('examples/thick-mirror.yml'));
    await using node = await bootInstallerNode({ network: 'loopback' });
    const authority = createAuthority();
    const tls = authority.issue({ names: 'DNS:mirror.example' });
    authority.remove();
    await using mirror = await startMirror(node, { port: 443, tls });

    const site = { ...digestOnly, mounts: [await hostsFile(node.root, '127.0.0.1 mirror.example\n')] };
    const run = await start(node, [...objects, configMap('mirror-ca', { 'ca.crt': authority.pem })], { site });

    expectStarted(run, objects);
    expect(await inBinDir(node)).toEqual(expect.arrayContaining([...plugins, 'multus']));
    expect(mirror.requests()).toEqual([expect.stringMatching(/^GET \/cni\/.*\.tgz$/)]);
  });
});

describeWith(['helm'], 'with helm', () => {
  describeOnNode('the chart, on a node whose root is private', () => {
    it('takes the archive from a claim', async () => {
      const objects = template({ cniPlugins: { source: 'pvc', pvc: { claimName: 'cni-archives' } } });
      await using node = await bootInstallerNode({ network: 'loopback' });
      await deliverArchive(node, archive, join(claimsDir, 'cni-archives'));

      const run = await start(node, objects, { site: digestOnly });

      expectStarted(run, objects);
      expect(reportOf(run, 'install-cni-plugins')).toMatchObject({ outcome: 'installed' });
    });
  });
});

function configMap(name: string, data: Readonly<Record<string, string>>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data };
}

/** The kubelet makes each pod's /etc/hosts; a mini kubelet has to be told. */
async function hostsFile(root: string, text: string): Promise<Site['mounts'][number]> {
  const hostPath = '/var/lib/kubelet/pods/etc-hosts';
  await mkdir(join(root, hostPath, '..'), { recursive: true });
  await writeFile(join(root, hostPath), text);
  return { hostPath, containerPath: '/etc/hosts', readonly: true };
}
