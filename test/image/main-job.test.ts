// Proves that the built image does the whole job on a real node, in each layout, and is a drop-in for other images.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { threeCapabilities } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { installMultusBinary, multusDaemon, thinPod } from '../support/node/multus-pod.ts';
import { macvlanNetwork } from '../support/node/networks.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { buildImage, type BuiltImage, ownArch, remove } from './built-image.ts';
import {
  binDir,
  bootNodeWith,
  defaultPlugins,
  hardenedInstaller,
  hardenedSharer,
  installer,
  runIn,
  runInstaller,
} from './image-on-node.ts';

let built: BuiltImage;

beforeAll(() => {
  built = buildImage({ args: ['--arch', ownArch] });
});

afterAll(() => remove(built));

describeOnNode('the image', () => {
  it.each([
    ['privileged', {}],
    ['with three capabilities and a read-only root', { ...threeCapabilities, readonlyRootfs: true }],
  ])('cures both failures, %s', async (_, privileges) => {
    await using node = await bootNodeWith(built);
    await using mirror = await startMirror(node);
    await node.writeCniConfig(macvlanNetwork);
    const sandbox = await node.cri.runSandbox(thinPod);

    const run = await runIn(sandbox, node, installer(built, mirror.url, privileges));

    expect(run).toMatchObject({
      exitCode: 0,
      report: { outcome: 'installed', plugins: { placed: defaultPlugins }, mounts: { shared: true } },
    });
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
    expect(await node.cri.run(sandbox, multusDaemon())).toHaveProperty('id');
    const pod = await node.cri.runSandbox({ name: 'pod' });
    expect(await node.cri.sandboxAddress(pod)).toMatch(/^172\.31\.255\.1\d\d$/);
  });

  it('cures both failures as two containers, of which the installing one has no capability', async () => {
    await using node = await bootNodeWith(built);
    await using mirror = await startMirror(node);
    await node.writeCniConfig(macvlanNetwork);
    const sandbox = await node.cri.runSandbox(thinPod);

    const sharing = await runIn(sandbox, node, hardenedSharer(built));
    const installing = await runIn(sandbox, node, hardenedInstaller(built, mirror.url));

    expect(sharing).toMatchObject({ exitCode: 0, report: { mounts: { shared: true } } });
    expect(installing).toMatchObject({ exitCode: 0, report: { plugins: { placed: defaultPlugins } } });
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
    const pod = await node.cri.runSandbox({ name: 'pod' });
    expect(await node.cri.sandboxAddress(pod)).toMatch(/^172\.31\.255\.1\d\d$/);
  });
});

describeOnNode('the image in a chart that was made for another one', () => {
  it('installs into /host/opt/cni/bin with nothing else mounted, and only warns of the missing procfs', async () => {
    await using node = await bootNodeWith(built);
    await using mirror = await startMirror(node);

    const run = await runInstaller(
      node,
      installer(built, mirror.url, { privileged: false, mounts: [binDir] }),
    );

    expect(run).toMatchObject({
      exitCode: 0,
      report: { outcome: 'installed', plugins: { placed: defaultPlugins } },
    });
    expect(run.report.warnings).toEqual([expect.stringContaining('/host/proc')]);
  });

  it('leaves out what SKIP_CNI_BINARIES names', async () => {
    await using node = await bootNodeWith(built);
    await using mirror = await startMirror(node);
    const env = { SKIP_CNI_BINARIES: 'bridge,loopback' };

    const run = await runInstaller(node, installer(built, mirror.url, { env }));

    expect(run).toMatchObject({ exitCode: 0 });
    const rest = defaultPlugins.filter((name) => !['bridge', 'loopback'].includes(name));
    expect((await node.host('ls /opt/cni/bin')).trim().split('\n')).toEqual(rest);
  });

  it('leaves alone what is there, under UPDATE_CNI_BINARIES=false', async () => {
    await using node = await bootNodeWith(built);
    await using mirror = await startMirror(node);
    await node.host('mkdir -p /opt/cni/bin && cp /usr/lib/cni/bridge /opt/cni/bin/bridge');
    const before = await node.host('stat -c "%i %s %Y" /opt/cni/bin/bridge');

    const env = { UPDATE_CNI_BINARIES: 'false' };
    const run = await runInstaller(node, installer(built, mirror.url, { env }));

    expect(run).toMatchObject({ exitCode: 0, report: { plugins: { kept: ['bridge'] } } });
    expect(await node.host('stat -c "%i %s %Y" /opt/cni/bin/bridge')).toBe(before);
  });
});
