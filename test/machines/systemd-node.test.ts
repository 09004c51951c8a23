// Promise: on a systemd node with cgroup v2 and an AppArmor that enforces, both refusals are met in the words people search for, and cured.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, type BuiltImage, remove } from '../image/built-image.ts';
import { defaultPlugins, hardenedInstaller, hardenedSharer, installer } from '../image/image-on-node.ts';
import { installMultusBinary, mountOfMultus, multusDaemon, thickPod } from '../support/node/multus-pod.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import type { ContainerSpec } from '../throwaway-node/cri.ts';
import { describeOnMachine } from './describe-on-machine.ts';
import { missingRuntimes, type Runtime } from './node-cargo.ts';
import { bootSystemdNode, type SystemdNode } from './systemd-node.ts';

const mebibyte = 1024 * 1024;
const archive = pluginsArchive('v1.9.1');

/** What systemd has shared at boot. */
const makePrivate = 'mount --make-rprivate /';

const refusedBidirectional = {
  refused: expect.stringMatching(/path "\/opt\/cni\/bin" is mounted on "\/" but it is not a shared mount$/),
};
const refusedFollowing = {
  refused: expect.stringMatching(/path "\/" is mounted on "\/" but it is not a shared or slave mount$/),
};

/** With the archive of the machine's cargo in place of a download. */
function fromCargo(spec: ContainerSpec): ContainerSpec {
  const cargo = { hostPath: '/cargo', containerPath: '/archives', readonly: true };
  return {
    ...spec,
    mounts: [...(spec.mounts ?? []), cargo],
    env: { ...spec.env, CNI_PLUGINS_ARCHIVE: cargo.containerPath },
  };
}

/** What the kernel has counted is said by the container itself: its cgroup is gone together with it. */
function counted(spec: ContainerSpec): ContainerSpec {
  const shell = { hostPath: '/cargo/busybox', containerPath: '/node/busybox', readonly: true };
  // A privileged container sees the cgroups of the whole node.
  const own = '$(/node/busybox sed s/^0::// /proc/self/cgroup)';
  const figures = `cd "/sys/fs/cgroup/${own}" && /node/busybox cat memory.events memory.max memory.peak`;
  const program = '/usr/bin/node /usr/lib/cni-plugins-installer/cni-plugins-installer.js';
  return {
    ...spec,
    command: [shell.containerPath, 'sh', '-c', `${program} || exit; ${figures}`],
    mounts: [...(spec.mounts ?? []), shell],
  };
}

describeOnMachine(
  'amd64',
  'a systemd node whose root is private',
  () => {
    let built: BuiltImage;
    beforeAll(() => {
      built = buildImage({ args: ['--arch', 'amd64'] });
    });
    afterAll(() => remove(built));

    describe.each<Runtime>(['containerd 2', 'containerd 1.7', 'containerd 1.6'])('%s', (runtime) => {
      let node: SystemdNode;
      beforeAll(async () => {
        node = await bootSystemdNode({ built, archive, runtime, beforeRuntime: makePrivate });
      });
      afterAll(async () => node?.[Symbol.asyncDispose]());

      it('has the hardened layout: AppArmor is named where it forbids sharing, and left behind by its remedy', async () => {
        expect(await node.machine.run('cat /sys/kernel/security/lsm')).toContain('apparmor');
        const { version, containers } = await node.runPod({
          pod: thickPod,
          containers: [
            installMultusBinary,
            multusDaemon(['/']),
            { ...hardenedSharer(built), appArmor: 'RuntimeDefault' },
            installMultusBinary,
            { ...hardenedSharer(built), appArmor: 'Unconfined' },
            { ...fromCargo(hardenedInstaller(built, '')), appArmor: 'RuntimeDefault' },
            installMultusBinary,
          ],
        });
        const [bidirectional, following, confined, still, free, installed, multus] = containers;

        expect(version).toMatch(new RegExp(`^v?${runtime.replace('containerd ', '')}\\.`));
        expect([bidirectional, following]).toEqual([refusedBidirectional, refusedFollowing]);
        expect(reportOf(confined)).toMatchObject({
          mounts: { changed: [], shared: false },
          warnings: [
            expect.stringContaining('the AppArmor profile cri-containerd.apparmor.d confines this container'),
          ],
        });
        expect(reportOf(confined)).toMatchObject({
          warnings: [expect.stringContaining('appArmorProfile: {type: Unconfined}')],
        });
        expect(still).toEqual(refusedBidirectional);
        expect(reportOf(free)).toMatchObject({
          mounts: { changed: expect.arrayContaining(['/']), shared: true },
        });
        expect(reportOf(installed)).toMatchObject({
          outcome: 'installed',
          plugins: { placed: defaultPlugins },
        });
        expect(multus).toMatchObject({ exitCode: 0 });
      });

      it('has the simple layout, within 50 MiB as cgroup v2 counts them', async () => {
        await node.machine.run(
          `umount ${mountOfMultus}; rm -rf /opt/cni/bin; mkdir /opt/cni/bin; ${makePrivate}`,
        );
        const { containers } = await node.runPod({
          pod: thickPod,
          containers: [
            installMultusBinary,
            counted(fromCargo({ ...installer(built, ''), memoryLimitBytes: 50 * mebibyte })),
            installMultusBinary,
          ],
        });
        const [refused, installed, multus] = containers;

        expect(refused).toEqual(refusedBidirectional);
        expect(reportOf(installed)).toMatchObject({
          outcome: 'installed',
          plugins: { placed: defaultPlugins },
          mounts: { changed: expect.arrayContaining(['/']), shared: true },
        });
        expect(installed).toMatchObject({ stdout: expect.stringMatching(/^oom_kill 0$/m) });
        expect(installed).toMatchObject({
          stdout: expect.stringMatching(new RegExp(`^${50 * mebibyte}\\n\\d+$`, 'm')),
        });
        expect(multus).toMatchObject({ exitCode: 0 });
        expect(await node.machine.run('stat -fc %T /sys/fs/cgroup')).toBe('cgroup2fs\n');
      });
    });
  },
  ['mmdebstrap', ...missingRuntimes('containerd 2', 'containerd 1.7')],
);

function reportOf(container: unknown): unknown {
  const { terminationMessage = 'null' } = container as { terminationMessage?: string };
  return JSON.parse(terminationMessage);
}
