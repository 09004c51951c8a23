// Proves what the installer can do with fewer privileges than `privileged`, and what it says where they don't suffice.

import { expect, it } from 'vitest';
import type { ContainerSpec, EndedContainer } from '../throwaway-node/cri.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import {
  archives,
  binDir,
  bootInstallerNode,
  capabilities,
  installer,
  runIn,
  sharer,
  threeCapabilities,
} from '../support/node/installer-container.ts';
import { installMultusBinary, multusDaemon, thickPod, thinPod } from '../support/node/multus-pod.ts';
import { macvlanNetwork } from '../support/node/networks.ts';

const defaultPlugins = 'bridge host-device host-local ipvlan loopback macvlan portmap static'.split(' ');

const withoutHostProc: ContainerSpec = { mounts: [binDir, archives] };

/** The capabilities that the log tells the operator to add; undefined when it names none. */
function capabilitiesAskedFor({ stderr }: EndedContainer): string | undefined {
  return /with the missing capabilities added: ([A-Z_]+(?:, [A-Z_]+)*)/.exec(stderr)?.[1];
}

describeOnNode('an installer with SYS_ADMIN, SYS_CHROOT and SYS_PTRACE instead of privileged', () => {
  it('does the whole job', async () => {
    await using node = await bootInstallerNode();
    const sandbox = await node.cri.runSandbox(thinPod);

    const run = await runIn(sandbox, node, installer(threeCapabilities));

    expect(run).toMatchObject({
      exitCode: 0,
      report: { outcome: 'installed', plugins: { placed: defaultPlugins }, mounts: { shared: true } },
    });
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
  });

  it.each(capabilities)(
    'installs the plugins and asks for exactly %s where that is missing',
    async (missing) => {
      await using node = await bootInstallerNode();
      const sandbox = await node.cri.runSandbox(thinPod);
      const addCapabilities = capabilities.filter((capability) => capability !== missing);

      const run = await runIn(sandbox, node, installer({ ...threeCapabilities, addCapabilities }));

      expect(run).toMatchObject({
        exitCode: 0,
        report: { outcome: 'installed', plugins: { placed: defaultPlugins }, mounts: { shared: false } },
      });
      expect(run.report.warnings).toHaveLength(1);
      expect(capabilitiesAskedFor(run)).toBe(missing);
      expect(await node.mountinfo('/')).toMatchObject({ shared: false });
    },
  );
});

describeOnNode("an installer without the host's procfs", () => {
  it('installs the plugins and warns, with the remedy', async () => {
    await using node = await bootInstallerNode();
    const sandbox = await node.cri.runSandbox(thinPod);

    const run = await runIn(sandbox, node, installer(withoutHostProc));

    expect(run).toMatchObject({
      exitCode: 0,
      report: { outcome: 'installed', plugins: { placed: defaultPlugins }, mounts: { shared: null } },
    });
    expect(run.report.warnings).toEqual([expect.stringContaining('/host/proc')]);
    expect(run.stderr).toContain('mount the hostPath /proc read-only at /host/proc');
  });

  it('fails with status 8 when sharing is required, yet leaves the plugins installed', async () => {
    await using node = await bootInstallerNode();
    const sandbox = await node.cri.runSandbox(thinPod);

    const run = await runIn(
      sandbox,
      node,
      installer({ ...withoutHostProc, env: { CNI_PLUGINS_REQUIRE_SHARED: 'true' } }),
    );

    expect(run).toMatchObject({
      exitCode: 8,
      report: { outcome: 'failed', error: { code: 'host-proc-absent', exitStatus: 8 } },
    });
    expect((await node.host('ls /opt/cni/bin')).trim().split('\n')).toEqual(defaultPlugins);
  });

  it("works through /proc in a pod with the host's process namespace", async () => {
    await using node = await bootInstallerNode();
    const sandbox = await node.cri.runSandbox(thickPod);

    const run = await runIn(sandbox, node, installer(withoutHostProc));

    expect(run).toMatchObject({ exitCode: 0, report: { outcome: 'installed', mounts: { shared: true } } });
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
  });
});

describeOnNode('the hardened layout', () => {
  it('cures both failures with two containers, of which only the first has a capability', async () => {
    await using node = await bootInstallerNode();
    await node.writeCniConfig(macvlanNetwork);
    const sandbox = await node.cri.runSandbox(thinPod);

    const sharing = await runIn(sandbox, node, sharer({ readonlyRootfs: true }));
    const installing = await runIn(
      sandbox,
      node,
      installer({
        ...withoutHostProc,
        privileged: false,
        dropAllCapabilities: true,
        noNewPrivs: true,
        readonlyRootfs: true,
        env: { CNI_PLUGINS_SHARE_MOUNTS: 'off' },
      }),
    );

    expect(sharing).toMatchObject({
      exitCode: 0,
      report: { outcome: 'installed', mounts: { shared: true } },
    });
    expect(installing).toMatchObject({
      exitCode: 0,
      report: { outcome: 'installed', plugins: { placed: defaultPlugins } },
    });
    expect(installing.report).not.toHaveProperty('warnings');
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
    expect(await node.cri.run(sandbox, multusDaemon())).toHaveProperty('id');
    const pod = await node.cri.runSandbox({ name: 'pod' });
    expect(await node.cri.sandboxAddress(pod)).toMatch(/^172\.31\.255\.1\d\d$/);
  });
});
