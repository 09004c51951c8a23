// Promises of doctor on a real node: what the kernel and the runtime answer, one fault at a time, and its remedy typed there.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documentedCommand } from '../docs/commands.ts';
import { askDoctor, idsOf } from '../support/node/doctor-container.ts';
import { binDir, bootInstallerNode, installer, runInstaller } from '../support/node/installer-container.ts';
import { bridgeNetwork } from '../support/node/networks.ts';

import { ended, type Sandbox } from '../throwaway-node/cri.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { installerReference } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';

const hostPod = { name: 'doctor', hostNetwork: true };

/** All that the configuration of the node wants, from the installer; its mounts are shared. */
async function bootHealthyNode(): Promise<{ node: ThrowawayNode; pod: Sandbox }> {
  const node = await bootInstallerNode({ propagation: 'shared' });
  const { exitCode, stderr } = await runInstaller(node, installer({ env: { CNI_PLUGINS: plugins } }));
  if (exitCode !== 0) throw new Error(stderr);
  await node.writeCniConfig(bridgeNetwork);
  return { node, pod: await node.cri.runSandbox(hostPod) };
}

/** The image's ENTRYPOINT. */
const asInImage = ['/usr/bin/node', '/app/cni-plugins-installer.js'];

const plugins = 'bridge,host-local,ipvlan,loopback,macvlan,portmap,ptp,vlan,dhcp';

/** Types the command in backticks: ours in a container of the pod, any other on the host. */
async function typeRemedy(
  node: ThrowawayNode,
  pod: Sandbox,
  remedy: string | null | undefined,
): Promise<void> {
  const [, command = ''] = /`([^`]+)`/.exec(remedy ?? '') ?? [];
  const [program, ...args] = command.split(' ');
  if (program === 'cni-plugins-installer') ended(await node.cri.runToEnd(pod, installer({ args }), 60_000));
  else await node.host(command);
}

describeOnNode('doctor on a healthy node', () => {
  let node: ThrowawayNode;
  let pod: Sandbox;

  beforeAll(async () => {
    ({ node, pod } = await bootHealthyNode());
  });

  afterAll(() => node.stop());

  it('finds nothing, and has looked at what the kernel and the runtime tell', async () => {
    const { exitCode, checks, causes } = await askDoctor(node, pod);

    expect(causes).toEqual([]);
    expect(exitCode).toBe(0);
    const well = idsOf(checks.filter(({ result }) => result === 'ok'));
    expect(well).toEqual(
      expect.arrayContaining([
        'bin-dir-detached',
        'bin-dir-noexec',
        'bin-dir-not-runtimes',
        'mount-not-shared',
        'runtime-in-own-mount-namespace',
        'module-missing-bridge',
        'plugin-spec-unsupported',
        'release-advisory',
      ]),
    );
  });

  it('finds nothing either without a capability: what that hides is skipped', async () => {
    const spec = { privileged: false, dropAllCapabilities: true } as const;
    const { causes, checks } = await askDoctor(node, pod, { spec });

    expect(causes).toEqual([]);
    expect(checks.find(({ id }) => id === 'bin-dir-not-runtimes')).toMatchObject({ result: 'skipped' });
    expect(checks.find(({ id }) => id === 'mount-not-shared')).toMatchObject({ result: 'ok' });
  });

  it("asks upstream's plugins for their STATUS on the host, which says what they can do there", async () => {
    const config = { ...bridgeNetwork, cniVersion: '1.1.0' };
    await node.writeCniConfig(config);
    const ready = await askDoctor(node, pod, { args: ['--active'] });
    // It is called for without an address manager, which its STATUS does not expect.
    await node.writeCniConfig({
      ...config,
      plugins: [...config.plugins, { type: 'ptp' }],
    });
    const refusing = await askDoctor(node, pod, { args: ['--active'] });
    const unable = await askDoctor(node, pod, {
      args: ['--active'],
      spec: { privileged: false, dropAllCapabilities: true },
    });
    await node.writeCniConfig(bridgeNetwork);

    expect(ready.causes).toEqual([]);
    expect(ready.checks.find(({ id }) => id === 'plugin-status')).toMatchObject({ result: 'ok' });
    expect(idsOf(refusing.causes)).toEqual(['plugin-status']);
    expect(refusing.causes[0]?.message).toContain('ptp says: no plugin name provided');
    expect(unable.checks.find(({ id }) => id === 'plugin-status')).toMatchObject({
      result: 'skipped',
      message: expect.stringContaining("which can't be entered"),
    });
  });

  it('finds two watches of ours, which fight over nothing yet, and no longer once one is taken away', async () => {
    const watch = installer({
      args: ['watch', '--listen', 'off', '--share-mounts', 'off'],
      mounts: [binDir],
    });
    const one = await node.cri.run(pod, { ...watch, name: 'one' });
    const alone = await askDoctor(node, pod);
    const other = await node.cri.run(pod, { ...watch, name: 'other' });
    const both = await askDoctor(node, pod);
    await node.cri.stopContainer(other, 10);
    const again = await askDoctor(node, pod);
    await node.cri.stopContainer(one, 10);

    expect(idsOf(alone.causes)).toEqual([]);
    expect(both.causes).toMatchObject([
      {
        id: 'two-of-us',
        message: expect.stringMatching(/^2 watches of ours run on this node: processes \d+, \d+$/),
      },
    ]);
    expect(idsOf(again.causes)).toEqual([]);
  });

  it('says without the procfs of the host what it did not see', async () => {
    const { causes, checks } = await askDoctor(node, pod, { args: ['--host-proc', '/nowhere'] });

    expect(causes).toEqual([]);
    for (const id of ['host-proc-absent', 'mount-not-shared', 'bin-dir-noexec', 'nad-master-absent']) {
      expect(checks.find((one) => one.id === id)).toMatchObject({ id, result: 'skipped' });
    }
  });
});

/** What is done to the host, and what else is asked. */
interface Injected {
  readonly damage: string;
  readonly nads?: object;
}

function nad(config: object): object {
  return {
    kind: 'NetworkAttachmentDefinition',
    metadata: { name: 'net', namespace: 'default' },
    spec: { config: JSON.stringify({ cniVersion: '1.0.0', ...config }) },
  };
}

describeOnNode('doctor on a node with one fault that the kernel tells of', () => {
  it.each<[id: string, injected: Injected]>([
    ['mount-not-shared', { damage: 'mount --make-rprivate /' }],
    [
      'bin-dir-noexec',
      { damage: 'mount --bind /opt /opt && mount --make-shared /opt && mount -o remount,bind,noexec /opt' },
    ],
    [
      'bin-dir-read-only',
      { damage: 'mount --bind /opt /opt && mount --make-shared /opt && mount -o remount,bind,ro /opt' },
    ],
    ['plugin-setuid', { damage: 'chmod u+s /opt/cni/bin/bridge' }],
    ['stale-temp', { damage: 'touch /opt/cni/bin/portmap.old' }],
  ])('finds %s alone, and its remedy takes it away', async (id, { damage, nads }) => {
    const { node, pod } = await bootHealthyNode();
    await using _ = node;
    await node.host(damage);
    const question = nads === undefined ? {} : { nads: JSON.stringify(nads) };

    const { causes } = await askDoctor(node, pod, question);
    expect(idsOf(causes)).toEqual([id]);
    await typeRemedy(node, pod, causes[0]?.remedy);

    expect(idsOf((await askDoctor(node, pod, question)).causes)).toEqual([]);
  });

  it('finds a bin dir that was replaced under its container', async () => {
    const { node, pod } = await bootHealthyNode();
    await using _ = node;
    const stays = await node.cri.run(pod, installer({ command: ['/bin/busybox', 'sleep', '1000'] }));
    await node.host('rm -rf /opt/cni/bin && mkdir /opt/cni/bin');

    const { stdout } = await node.cri.exec(stays, [...asInImage, 'doctor']);

    expect(stdout).toMatch(/^error bin-dir-detached$/m);
    expect(stdout).toMatch(/from this follows plugin-absent/);
  });

  it('finds a master that the node lacks, and names the one that was meant', async () => {
    const { node, pod } = await bootHealthyNode();
    await using _ = node;
    const nads = JSON.stringify(nad({ type: 'macvlan', master: 'eht0' }));

    const { causes } = await askDoctor(node, pod, { nads });

    expect(idsOf(causes)).toEqual(['nad-master-absent']);
    expect(causes[0]?.remedy).toContain('"master": "eth0"');
  });

  it('finds a runtime that looks elsewhere', async () => {
    const { node, pod } = await bootHealthyNode();
    await using _ = node;
    const section = '[plugins."io.containerd.grpc.v1.cri".cni]';
    await node.host(
      `printf '%s\\nbin_dir = "/usr/libexec/cni"\\n' '${section}' >>/etc/containerd/config.toml`,
    );

    expect(idsOf((await askDoctor(node, pod)).causes)).toEqual(['bin-dir-not-runtimes']);
  });
});

/** The command of the page, with this test's image and its place of the program. */
function documentedByContainerd(): string {
  return documentedCommand('docs/doctor.md', 'ctr --namespace k8s.io run')
    .replace(/ghcr\.io\/\S+/, installerReference)
    .replace('/usr/lib/cni-plugins-installer/', '/app/');
}

describeOnNode('doctor on a node without a cluster', () => {
  it('is run by containerd, as the page says, and finds what is wrong', async () => {
    const { node } = await bootHealthyNode();
    await using _ = node;
    const well = await node.host(documentedByContainerd());
    rmSync(join(node.binDir, 'macvlan'));

    const ill = await node.host(`${documentedByContainerd()}; echo "status $?"`);

    expect(well).toMatch(/^This node: nothing found$/m);
    expect(ill).toMatch(/^error plugin-absent$/m);
    expect(ill).toMatch(/^status 9$/m);
  });
});
