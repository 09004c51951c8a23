// Promise: where SELinux enforces, what it forbids is named as SELinux's, its remedy works, and what is placed has the label of its directory.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage, remove } from '../image/built-image.ts';
import { defaultPlugins, hardenedInstaller, hardenedSharer, installer } from '../image/image-on-node.ts';
import { installMultusBinary, mountOfMultus, thickPod } from '../support/node/multus-pod.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import type { ContainerSpec, EndedContainer } from '../throwaway-node/cri.ts';
import { describeOnMachine } from './describe-on-machine.ts';
import { enforce, labelledArchives, selinuxArguments, selinuxFiles } from './selinux-node.ts';
import { bootSystemdNode, type SystemdNode } from './systemd-node.ts';

/** As the remedy has it. */
const seLinux = { type: 'spc_t', level: 's0' } as const;

const remedy =
  'SELinux confines this container as container_t: give it `seLinuxOptions: {type: spc_t, level: s0}`';

const spareStore = {
  hostPath: '/var/lib/cni-plugins-installer',
  containerPath: '/host/var/lib/cni-plugins-installer',
};

/** With the archive that a confined container may read, and the spare store. */
function equipped(spec: ContainerSpec): ContainerSpec {
  const archives = { hostPath: labelledArchives, containerPath: '/archives', readonly: true };
  return {
    ...spec,
    mounts: [...(spec.mounts ?? []), archives, spareStore],
    env: {
      ...spec.env,
      CNI_PLUGINS_ARCHIVE: archives.containerPath,
      CNI_PLUGINS_SPARE_STORE: spareStore.containerPath,
    },
  };
}

describeOnMachine(
  'amd64',
  'a systemd node on which SELinux enforces',
  () => {
    const undo = new AsyncDisposableStack();
    let node: SystemdNode;
    let confined: ContainerSpec;
    let sharer: ContainerSpec;
    let privileged: ContainerSpec;

    beforeAll(async () => {
      const built = buildImage({ args: ['--arch', 'amd64'] });
      undo.defer(() => remove(built));
      confined = equipped(hardenedInstaller(built, ''));
      sharer = hardenedSharer(built);
      privileged = equipped(installer(built, ''));
      node = undo.use(
        await bootSystemdNode({
          built,
          archive: pluginsArchive('v1.9.1'),
          runtime: 'containerd 1.6',
          kernelArguments: selinuxArguments,
          files: selinuxFiles(),
          beforeRuntime: enforce,
        }),
      );
    });
    afterAll(() => undo.disposeAsync());

    async function run(...containers: ContainerSpec[]): Promise<readonly Ended[]> {
      return (await node.runPod({ pod: thickPod, containers })).containers.map(endOf);
    }

    /** Of all that is in the bin dir, each once. */
    async function labels(): Promise<string> {
      return node.machine.run('find /opt/cni/bin -mindepth 1 -exec stat -c %C {} + | sort -u');
    }

    it('has the hardened layout: SELinux is named where it forbids, and left behind by its remedy', async () => {
      await node.machine.run('mount --make-rprivate /');
      expect(await node.machine.run('cat /sys/fs/selinux/enforce')).toBe('1');
      const [refused, hidden, doctor, refusedMultus, shared, installed, verified, unread, multus] = await run(
        confined,
        sharer,
        { ...sharer, args: ['doctor', '--output', 'json'] },
        installMultusBinary,
        { ...sharer, seLinux },
        { ...confined, seLinux },
        { ...confined, args: ['verify'], env: { ...confined.env, CNI_PLUGINS_SPARE_STORE: '' } },
        { ...confined, args: ['verify'] },
        installMultusBinary,
      );

      expect(refused).toMatchObject({
        exitCode: 6,
        report: { error: { code: 'node-permission', hint: expect.stringContaining(remedy) } },
      });
      expect(hidden).toMatchObject({
        exitCode: 0,
        report: { mounts: { changed: [], shared: null }, warnings: expect.arrayContaining([says(remedy)]) },
      });
      expect(doctor?.stdout).toContain(remedy);
      expect(refusedMultus?.refused).toContain(
        'path "/opt/cni/bin" is mounted on "/" but it is not a shared mount',
      );
      expect(shared?.report).toMatchObject({
        mounts: { changed: expect.arrayContaining(['/']), shared: true },
      });
      expect(installed?.report).toMatchObject({ outcome: 'installed', plugins: { placed: defaultPlugins } });
      expect(verified).toMatchObject({ exitCode: 0 });
      expect(unread).toMatchObject({ exitCode: 6, stderr: says('/host/var/lib/cni-plugins-installer') });
      expect(unread).toMatchObject({ stderr: says(remedy) });
      expect(multus).toMatchObject({ exitCode: 0 });
      await node.machine.run(`umount ${mountOfMultus}; rmdir ${mountOfMultus}`);
      expect(await labels()).toBe(asDirectory);
    });

    it('repairs from either store, and gives back what others had placed with the label that it had', async () => {
      await node.machine.run('echo bad >/opt/cni/bin/bridge; rm /opt/cni/bin/macvlan');
      const [repaired] = await run({ ...confined, seLinux });
      expect(repaired?.report).toMatchObject({ plugins: { placed: ['bridge', 'macvlan'] } });
      expect(await labels()).toBe(asDirectory);

      const theirs = 'system_u:object_r:usr_t:s0';
      await node.machine.run(`cd /opt/cni/bin; rm -rf .cni* *; cp /bin/true tuning; chcon ${theirs} tuning`);
      const again = { ...confined, seLinux, env: { ...confined.env, CNI_PLUGINS: 'bridge,tuning' } };
      const [fromSpare] = await run({ ...again, args: ['--skip', 'tuning'] });
      expect(fromSpare?.report).toMatchObject({ outcome: 'installed', plugins: { placed: ['bridge'] } });
      expect(fromSpare?.stderr).not.toContain('verified');

      const [displaced, gone] = await run(again, { ...confined, seLinux, args: ['uninstall'] });
      expect(displaced?.report).toMatchObject({ plugins: { placed: ['tuning'], intact: ['bridge'] } });
      expect(gone?.report).toMatchObject({ outcome: 'uninstalled' });
      expect(await node.machine.run('cd /opt/cni/bin; stat -c "%n %C" $(ls -A)')).toBe(`tuning ${theirs}\n`);
    });

    it('has the simple layout without a word about SELinux', async () => {
      await node.machine.run('rm -rf /opt/cni/bin/*; mount --make-rprivate /');
      const [installed, multus] = await run(privileged, installMultusBinary);

      expect(installed?.report).toMatchObject({
        outcome: 'installed',
        plugins: { placed: defaultPlugins },
        mounts: { changed: expect.arrayContaining(['/']), shared: true },
      });
      expect(multus).toMatchObject({ exitCode: 0 });
      await node.machine.run(`umount ${mountOfMultus}; rmdir ${mountOfMultus}`);
      expect(await labels()).toBe(asDirectory);
    });

    it('has categories on what a pod without a level has placed, which a confined container may not read', async () => {
      await node.machine.run('cd /opt/cni/bin; rm -rf .cni* *');
      const [installed, refused] = await run(
        { ...confined, seLinux: { type: 'spc_t' } },
        { ...confined, args: ['verify'] },
      );

      expect(installed).toMatchObject({ exitCode: 0 });
      expect(await labels()).toMatch(/^system_u:object_r:bin_t:s0:c\d+,c\d+\n$/);
      expect(refused).toMatchObject({
        exitCode: 6,
        report: { error: { hint: expect.stringContaining(remedy) } },
      });
    });
  },
  ['mmdebstrap', 'bunzip2'],
);

const asDirectory = 'system_u:object_r:bin_t:s0\n';

function says(words: string): unknown {
  return expect.stringContaining(words);
}

interface Ended extends Partial<EndedContainer> {
  readonly refused?: string;
  readonly report?: unknown;
}

function endOf(container: Ended): Ended {
  return { ...container, report: JSON.parse(container.terminationMessage ?? 'null') };
}
