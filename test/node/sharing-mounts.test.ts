// Proves on a real runtime that Multus' containers run once the installer has been on a node without shared mounts.

import { expect, it } from 'vitest';
import { RuntimeRefusal } from '../throwaway-node/cri.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import {
  bootInstallerNode,
  installer,
  runIn,
  runInstaller,
  sharer,
} from '../support/node/installer-container.ts';
import {
  followedPaths,
  installMultusBinary,
  mountOfMultus,
  multusDaemon,
  thickPod,
  thinPod,
} from '../support/node/multus-pod.ts';
import { programsStarted } from '../support/node/program-trace.ts';

const notShared = 'path "/opt/cni/bin" is mounted on "/" but it is not a shared mount';

function refusal(words: string): unknown {
  return expect.objectContaining({
    method: 'CreateContainer',
    details: expect.stringMatching(
      new RegExp(`^failed to generate container "[0-9a-f]{64}" spec: failed to generate spec: ${words}$`),
    ),
  });
}

function nobodyFollows(path: string, mountPoint: string): unknown {
  return refusal(`path "${path}" is mounted on "${mountPoint}" but it is not a shared or slave mount`);
}

describeOnNode('thin Multus on a node whose root mount is private', () => {
  it('is refused in the words people search for, and runs after the installer in the same pod', async () => {
    await using node = await bootInstallerNode();
    const sandbox = await node.cri.runSandbox(thinPod);
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toEqual(refusal(notShared));

    const run = await runIn(sandbox, node, installer());

    expect(run).toMatchObject({ exitCode: 0, report: { outcome: 'installed', mounts: { shared: true } } });
    expect(run.report.mounts?.changed).toContain('/');
    expect(await node.mountinfo('/')).toMatchObject({ shared: true });
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
    expect(await node.mountinfo(mountOfMultus)).toMatchObject({ mountPoint: mountOfMultus });
  });
});

describeOnNode('thick Multus on a node whose root mount is private', () => {
  it('is refused for each path it follows, and sees what the host mounts later after the installer', async () => {
    await using node = await bootInstallerNode();
    const sandbox = await node.cri.runSandbox(thickPod);
    for (const path of followedPaths) {
      const mountPoint = path === '/run/netns' ? '/run' : '/';
      expect(await node.cri.runToEnd(sandbox, multusDaemon([path]))).toEqual(nobodyFollows(path, mountPoint));
    }

    const run = await runIn(sandbox, node, installer());

    expect(run).toMatchObject({ exitCode: 0, report: { mounts: { shared: true } } });
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
    const daemon = await node.cri.run(sandbox, multusDaemon());
    await node.host('mkdir -p /var/lib/kubelet/later && mount -t tmpfs later /var/lib/kubelet/later');
    await node.host('ip netns add later');
    const { stdout } = await node.cri.exec(daemon, ['cat', '/proc/mounts']);
    expect(stdout).toContain('later /var/lib/kubelet/later tmpfs');
    expect(stdout).toContain('later /hostroot/var/lib/kubelet/later tmpfs');
    expect(stdout).toContain('nsfs /run/netns/later nsfs');
  });
});

describeOnNode(
  'a node whose mounts are shared already',
  () => {
    it('is left alone, and no program is started for it', async () => {
      await using node = await bootInstallerNode({ propagation: 'shared' });
      const sandbox = await node.cri.runSandbox(thickPod);
      const before = await node.mounts();

      const programs = await programsStarted(node, sandbox, async () => {
        const { exitCode, report } = await runIn(sandbox, node, sharer());
        expect({ exitCode, report }).toMatchObject({
          exitCode: 0,
          report: { outcome: 'unchanged', mounts: { changed: [], shared: true } },
        });
      });

      expect(programs).toEqual(['/usr/bin/node']);
      expect(await node.mounts()).toEqual(before);
    });

    it('differs in just that from a private one, where busybox is started', async () => {
      await using node = await bootInstallerNode();
      const sandbox = await node.cri.runSandbox(thickPod);

      const programs = await programsStarted(node, sandbox, () => runIn(sandbox, node, sharer()));

      expect(programs).toContain('/bin/busybox');
      expect(await node.mountinfo('/')).toMatchObject({ shared: true });
    });

    it('gets its plugins without a change to its mounts', async () => {
      await using node = await bootInstallerNode({ propagation: 'shared' });
      const sandbox = await node.cri.runSandbox(thinPod);
      const before = await node.mounts();

      const { report } = await runIn(sandbox, node, installer());

      expect(report).toMatchObject({ outcome: 'installed', mounts: { changed: [], shared: true } });
      expect(await node.mounts()).toEqual(before);
      expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
    });
  },
  ['strace'],
);

describeOnNode('a runtime in another mount namespace than PID 1', () => {
  it.each([
    { root: 'private', runtime: 'private', propagated: /^shared:\d+$/ },
    { root: 'shared', runtime: 'slave', propagated: /^shared:\d+ master:\d+$/ },
  ] as const)(
    'is cured together with PID 1 ($root root, $runtime runtime)',
    async ({ root, runtime, propagated }) => {
      const runtimeCommand = ['unshare', '--mount', '--propagation', runtime, 'containerd'];
      await using node = await bootInstallerNode({ propagation: root, runtimeCommand });
      const sandbox = await node.cri.runSandbox(thinPod);
      expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toEqual(refusal(notShared));

      const run = await runIn(sandbox, node, installer());

      expect(run).toMatchObject({ exitCode: 0, report: { mounts: { shared: true } } });
      expect(run.report.mounts?.changed).toContain('/');
      expect(await node.mountinfo('/', node.pid)).toMatchObject({ shared: true });
      expect(await node.mountinfo('/', node.runtimePid)).toMatchObject({
        propagation: expect.stringMatching(propagated),
      });
      expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
    },
  );
});

describeOnNode('--share-mounts=targeted', () => {
  it('changes the mounts that Multus needs and no other one', async () => {
    const preinit = 'mount -t tmpfs kubelet /var/lib/kubelet';
    await using node = await bootInstallerNode({ preinit });
    const sandbox = await node.cri.runSandbox(thickPod);
    const before = await node.mounts();
    const needed = ['/', '/run', '/var/lib/kubelet'];

    const run = await runIn(sandbox, node, installer({ env: { CNI_PLUGINS_SHARE_MOUNTS: 'targeted' } }));

    expect(run).toMatchObject({
      exitCode: 0,
      report: { mounts: { mode: 'targeted', changed: needed, shared: true } },
    });
    const known = new Set(before.map(({ id }) => id));
    const nowShared = (await node.mounts()).filter(({ id, shared }) => known.has(id) && shared);
    expect(nowShared.map(({ mountPoint }) => mountPoint).toSorted()).toEqual(needed);
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
    expect(await node.cri.run(sandbox, multusDaemon())).toHaveProperty('id');
  });
});

describeOnNode('a node that was rebooted', () => {
  it('gets its shared mounts back, and keeps its plugins as they are', async () => {
    await using node = await bootInstallerNode();
    expect(await runInstaller(node)).toMatchObject({ exitCode: 0 });
    await node.host('mount --make-rprivate /');
    const plugins = await node.host('ls -li --time-style=full-iso /opt/cni/bin');
    const sandbox = await node.cri.runSandbox(thinPod);
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toBeInstanceOf(RuntimeRefusal);

    const run = await runIn(sandbox, node, installer());

    expect(run).toMatchObject({
      exitCode: 0,
      report: { outcome: 'repaired', plugins: { placed: [] }, mounts: { shared: true } },
    });
    expect(run.report.mounts?.changed).toContain('/');
    expect(await node.host('ls -li --time-style=full-iso /opt/cni/bin')).toBe(plugins);
    expect(await node.cri.runToEnd(sandbox, installMultusBinary)).toMatchObject({ exitCode: 0 });
  });
});
