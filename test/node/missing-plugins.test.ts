// Proves on a real runtime that pods get their network once the installer has brought the plugins they lacked.

import { copyFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Sandbox } from '../throwaway-node/cri.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import {
  archives,
  binDir,
  bootInstallerNode,
  hostProc,
  installer,
  runInstaller,
} from '../support/node/installer-container.ts';
import { bridgeNetwork, macvlanNetwork } from '../support/node/networks.ts';

/** Where another distribution has its plugins. */
const elsewhere = '/var/lib/rancher/k3s/data/cni';

/** From a container of one pod to the address of another. */
async function ping(node: ThrowawayNode, from: Sandbox, address: string): Promise<unknown> {
  return node.cri.runToEnd(from, { command: ['ping', '-c', '1', '-W', '5', address] });
}

describeOnNode('a pod whose network needs a plugin that the node lacks', () => {
  it('is refused by name, also where the installer filled another directory and said so; then gets an address that other pods reach', async () => {
    await using node = await bootInstallerNode();
    for (const name of ['loopback', 'host-local']) {
      copyFileSync(join('/usr/lib/cni', name), join(node.binDir, name));
    }
    await node.writeCniConfig(macvlanNetwork);
    const refused = {
      method: 'RunPodSandbox',
      details: expect.stringContaining(
        'plugin type="macvlan" failed (add): failed to find plugin "macvlan" in path [/opt/cni/bin]',
      ),
    };
    await expect(node.cri.runSandbox({ name: 'early' })).rejects.toMatchObject(refused);

    await node.host(`mkdir -p ${elsewhere}`);
    const strayed = await runInstaller(
      node,
      installer({ mounts: [{ ...binDir, hostPath: elsewhere }, hostProc, archives] }),
    );

    expect(strayed).toMatchObject({ exitCode: 0, report: { outcome: 'installed' } });
    expect(strayed.report.warnings).toEqual([
      expect.stringContaining(
        `containerd looks for plugins in /opt/cni/bin, but /host/opt/cni/bin is ${elsewhere} of the host`,
      ),
    ]);
    await expect(node.cri.runSandbox({ name: 'strayed' })).rejects.toMatchObject(refused);

    const run = await runInstaller(node);

    expect(run).toMatchObject({ exitCode: 0, report: { outcome: 'installed', plugins: { failed: [] } } });
    expect(run.stderr).not.toContain('looks for plugins');
    const one = await node.cri.runSandbox({ name: 'one' });
    const other = await node.cri.runSandbox({ name: 'other' });
    const address = await node.cri.sandboxAddress(one);
    expect(address).toMatch(/^172\.31\.255\.1\d\d$/);
    expect(await ping(node, other, address ?? '')).toMatchObject({ exitCode: 0 });
  });
});

describeOnNode('a node whose plugins were damaged behind our back', () => {
  it('gets them back from its own store, with neither archive nor network', async () => {
    await using node = await bootInstallerNode({ network: 'loopback' });
    const first = await runInstaller(node);
    const whole = await node.host('cd /opt/cni/bin && sha256sum *');
    rmSync(join(node.binDir, 'bridge'));
    rmSync(join(node.binDir, 'loopback'));
    truncateSync(join(node.binDir, 'host-local'), 4096);

    const run = await runInstaller(
      node,
      installer({
        mounts: [binDir, hostProc],
        env: { CNI_PLUGINS_ARCHIVE: '', CNI_PLUGINS_MIRRORS: 'http://127.0.0.1:9' },
      }),
    );

    expect(first).toMatchObject({ exitCode: 0 });
    expect(run).toMatchObject({
      exitCode: 0,
      report: { outcome: 'repaired', plugins: { placed: ['bridge', 'host-local', 'loopback'] } },
    });
    expect(await node.host('cd /opt/cni/bin && sha256sum *')).toBe(whole);
    await node.writeCniConfig(bridgeNetwork);
    const pod = await node.cri.runSandbox({ name: 'pod' });
    expect(await node.cri.sandboxAddress(pod)).toMatch(/^10\.244\.0\.\d+$/);
  });
});
