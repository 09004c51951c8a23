// Proves the three ways of docs/air-gap.md on a node that has no network but loopback.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import {
  type Image,
  installerImage,
  installerReference,
  makeImage,
  makeLayer,
} from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import {
  archives,
  binDir,
  bootInstallerNode,
  hostProc,
  installer,
  runInstaller,
} from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { bridgeNetwork } from '../support/node/networks.ts';
import { archivesDir, pluginsArchive } from '../support/node/plugins-archive.ts';
import { ownArch } from '../support/own-arch.ts';

const archive = pluginsArchive('v1.9.1');
const bundleProgram = join(import.meta.dirname, '../../dist/cni-plugins-installer.js');

let bundle: string;

/** What an operator does on the connected machine. */
beforeAll(() => {
  bundle = mkdtempSync(join(tmpdir(), 'bundle-'));
  const wish = ['--versions', archive.version, '--platforms', ownArch, '--sha256', archive.sha256];
  execFileSync(process.execPath, [
    bundleProgram,
    'bundle',
    '--directory',
    bundle,
    '--archive',
    archivesDir,
    ...wish,
  ]);
});

afterAll(() => rmSync(bundle, { recursive: true }));

/** The way in alone is what the tests vary; the digest is the operator's, for these bytes are not upstream's own. */
function withoutArchive(
  env: Record<string, string>,
  image = installerReference,
): ReturnType<typeof installer> {
  return installer({ image, mounts: [binDir, hostProc], env: { CNI_PLUGINS_ARCHIVE: '', ...env } });
}

/** The released image brings upstream's archive, which the catalog knows; this one brings the archive at hand. */
async function bundledImage(): Promise<Image> {
  const layer = await makeLayer([archive.sha256], async (root) => {
    cpSync(bundle, join(root, 'usr/share/cni-plugins-installer/archives'), { recursive: true });
  });
  return makeImage({
    reference: 'localhost/cni-plugins-installer:bundled',
    base: await installerImage(),
    layers: [layer],
    config: { Entrypoint: ['/usr/bin/node', '/app/cni-plugins-installer.js'], Env: ['PATH=/bin'] },
  });
}

const installed = {
  exitCode: 0,
  report: { outcome: 'installed', version: archive.version, mounts: { shared: true } },
};

/** The address of a pod whose network needs the plugins. */
async function addressOfPod(node: ThrowawayNode): Promise<string | undefined> {
  await node.writeCniConfig(bridgeNetwork);
  const pod = await node.cri.runSandbox({ name: 'pod' });
  return node.cri.sandboxAddress(pod);
}

describeOnNode('a node without a network', () => {
  it('installs from a bundle that lies on the node', async () => {
    await using node = await bootInstallerNode({ network: 'loopback' });
    rmSync(join(node.root, archives.hostPath), { recursive: true });
    cpSync(bundle, join(node.root, archives.hostPath), { recursive: true });

    const run = await runInstaller(node);

    expect(run).toMatchObject(installed);
    expect(await addressOfPod(node)).toMatch(/^10\.244\.0\.\d+$/);
  });

  it('installs from a mirror of its own', async () => {
    await using node = await bootInstallerNode({ network: 'loopback' });
    rmSync(join(node.root, archives.hostPath), { recursive: true });
    await using mirror = await startMirror(node);

    const run = await runInstaller(node, withoutArchive({ CNI_PLUGINS_MIRRORS: mirror.url }));

    expect(run).toMatchObject(installed);
    expect(await addressOfPod(node)).toMatch(/^10\.244\.0\.\d+$/);
    expect(mirror.requests()).toEqual([`GET /v1.9.1/cni-plugins-linux-${ownArch}-v1.9.1.tgz`]);
  });

  it('installs from the bundled image, which asks for nothing', async () => {
    await using node = await bootInstallerNode({ network: 'loopback' });
    rmSync(join(node.root, archives.hostPath), { recursive: true });
    const image = await bundledImage();
    await node.importImage(image);
    await using mirror = await startMirror(node);

    const run = await runInstaller(
      node,
      withoutArchive({ CNI_PLUGINS_MIRRORS: mirror.url }, image.reference),
    );

    expect(run).toMatchObject(installed);
    expect(await addressOfPod(node)).toMatch(/^10\.244\.0\.\d+$/);
    expect(mirror.requests()).toEqual([]);
  });
});
