// Promises of doctor on a real node: what the kernel and the runtime answer, one fault at a time, and its remedy typed there.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documentedCommand } from '../docs/commands.ts';
import { askDoctor, idsOf } from '../support/node/doctor-container.ts';
import { binDir, bootInstallerNode, installer, runInstaller } from '../support/node/installer-container.ts';
import { bridgeNetwork } from '../support/node/networks.ts';

import { ended, type HostPathMount, type Sandbox } from '../throwaway-node/cri.ts';
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
    const [, version = ''] = /`"cniVersion": "([\d.]+)"`/.exec(refusing.causes[0]?.remedy ?? '') ?? [];
    await node.writeCniConfig({
      ...config,
      cniVersion: version,
      plugins: [...config.plugins, { type: 'ptp' }],
    });
    const notAsked = await askDoctor(node, pod, { args: ['--active'] });
    await node.writeCniConfig(bridgeNetwork);

    expect(ready.causes).toEqual([]);
    expect(ready.checks.find(({ id }) => id === 'plugin-status')).toMatchObject({ result: 'ok' });
    expect(idsOf(refusing.causes)).toEqual(['plugin-status']);
    expect(refusing.causes[0]?.message).toContain('ptp says: no plugin name provided');
    expect(notAsked.causes).toEqual([]);
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

/** One fault of the node or of what kubectl tells, and how it is undone by what the remedy says. */
interface NodeFault {
  /** Typed on the host. */
  readonly damage?: string;
  /** Done where typing the command of the remedy is not all, or there is none. */
  readonly cure?: (node: ThrowawayNode, remedy: string) => unknown;
  /** Typed on the host at the end, for the next one. */
  readonly undo?: string;
  readonly nads?: readonly object[];
  /** Once what the remedy says was done to them. */
  readonly nadsAfterwards?: (remedy: string) => readonly object[];
}

function nad(config: object): object {
  return {
    kind: 'NetworkAttachmentDefinition',
    metadata: { name: 'net', namespace: 'default' },
    spec: { config: JSON.stringify({ cniVersion: '1.0.0', name: 'net', ...config }) },
  };
}

const onEth0 = { type: 'macvlan', master: 'eth0' };
const byDhcp = [nad({ ...onEth0, ipam: { type: 'dhcp' } })];

function ranged(more: object): object {
  const ranges = [[{ subnet: '172.31.255.0/24', ...more }]];
  return nad({ ...onEth0, ipam: { type: 'host-local', ranges } });
}

function mountOpt(options: string): string {
  return `mount --bind /opt /opt && mount --make-shared /opt && mount -o remount,bind,${options} /opt`;
}

const dhcpDaemon = 'setsid /opt/cni/bin/dhcp daemon -pidfile /run/dhcp.pid >/dev/null 2>&1 &';
const untilItListens = 'until grep -q /run/cni/dhcp.sock /proc/net/unix; do sleep 0.05; done';
const startDhcp = `mkdir -p /run/cni && { ${dhcpDaemon} } && ${untilItListens}`;
const stopDhcp = 'kill $(cat /run/dhcp.pid) && while [ -e /run/cni/dhcp.sock ]; do sleep 0.05; done';

/** Multus' plugin, and a configuration of it as the first. */
function withMultus(settings: object): string {
  const conf = JSON.stringify({ cniVersion: '0.3.1', name: 'm', type: 'multus', ...settings });
  return `cp /opt/cni/bin/bridge /opt/cni/bin/multus && echo '${conf}' >/etc/cni/net.d/00-multus.conf`;
}

const withoutMultus = 'rm -rf /opt/cni/bin/multus /etc/cni/net.d/00-multus.conf /run/flannel /run/multus';

function daemonSet(hostPath: string): object {
  const volumeMounts = [{ name: 'bin', mountPath: '/host/opt/cni/bin' }];
  const initContainers = [{ name: 'install-cni', image: 'docker.io/calico/cni:v3.30.0', volumeMounts }];
  const spec = { initContainers, volumes: [{ name: 'bin', hostPath: { path: hostPath } }] };
  return {
    kind: 'DaemonSet',
    metadata: { name: 'calico-node', namespace: 'kube-system' },
    spec: { template: { spec } },
  };
}

const faults: readonly (readonly [id: string, fault: NodeFault])[] = [
  ['mount-not-shared', { damage: 'mount --make-rprivate /' }],
  ['bin-dir-noexec', { damage: mountOpt('noexec'), undo: 'umount /opt' }],
  ['bin-dir-read-only', { damage: mountOpt('ro'), undo: 'umount /opt' }],
  ['plugin-setuid', { damage: 'chmod u+s /opt/cni/bin/bridge' }],
  ['stale-temp', { damage: 'touch /opt/cni/bin/portmap.old' }],
  [
    'bridge-address-differs',
    { damage: 'ip link add cni0 type bridge && ip address add 10.99.0.1/24 dev cni0 && ip link set cni0 up' },
  ],
  [
    'sysctl-ip-forward',
    { damage: 'sysctl -w net.ipv4.ip_forward=0', nads: [nad({ type: 'bridge', ipMasq: true })] },
  ],
  [
    'nad-master-absent',
    {
      nads: [nad({ ...onEth0, master: 'eht0' })],
      nadsAfterwards: (remedy) => [nad({ ...onEth0, master: /"master": "(\w+)"/.exec(remedy)?.[1] })],
    },
  ],
  [
    'nad-ipam-overlaps-host',
    {
      nads: [ranged({})],
      nadsAfterwards: (remedy) => {
        const [, host = ''] = /leave (\d+\.\d+\.\d+)\.2 out with `rangeStart`/.exec(remedy) ?? [];
        return [ranged({ rangeStart: `${host}.100` })];
      },
    },
  ],
  [
    'nad-ipam-exhausted',
    {
      damage: 'mkdir -p /var/lib/cni/networks/net && touch /var/lib/cni/networks/net/172.31.255.9',
      nads: [ranged({ rangeStart: '172.31.255.9', rangeEnd: '172.31.255.9' })],
      nadsAfterwards: () => [ranged({ rangeStart: '172.31.255.9', rangeEnd: '172.31.255.99' })],
      undo: 'rm -r /var/lib/cni/networks/net',
    },
  ],
  ['dhcp-daemon-absent', { nads: byDhcp, cure: (node) => node.host(startDhcp), undo: stopDhcp }],
  [
    'dhcp-dead-socket',
    {
      damage: `${startDhcp} && kill -KILL $(cat /run/dhcp.pid)`,
      nads: byDhcp,
      cure: async (node, remedy) => {
        expect(remedy).toContain('`rm /run/cni/dhcp.sock`');
        await node.host(`rm /run/cni/dhcp.sock /run/dhcp.pid && ${startDhcp}`);
      },
      undo: stopDhcp,
    },
  ],
  [
    'dhcp-two-daemons',
    {
      damage: `${startDhcp}; setsid /opt/cni/bin/dhcp daemon -pidfile /run/other.pid -socketpath /run/cni/other.sock >/dev/null 2>&1 & until [ -s /run/other.pid ]; do sleep 0.05; done`,
      nads: byDhcp,
      cure: (node) =>
        node.host('kill $(cat /run/other.pid); while [ -e /run/cni/other.sock ]; do sleep 0.05; done'),
      undo: stopDhcp,
    },
  ],
  [
    'readiness-indicator-absent',
    {
      damage: withMultus({ readinessindicatorfile: '/run/flannel/subnet.env' }),
      cure: (node) => node.host('mkdir /run/flannel && touch /run/flannel/subnet.env'),
      undo: withoutMultus,
    },
  ],
  [
    'cluster-network-absent',
    {
      damage: withMultus({ clusterNetwork: '/etc/cni/net.d/99-gone.conflist' }),
      cure: (node) => node.host(withMultus({ clusterNetwork: '/etc/cni/net.d/10-test.conflist' })),
      undo: withoutMultus,
    },
  ],
  [
    'multus-daemon-down',
    {
      damage: withMultus({ type: 'multus-shim' }).replace('cni/bin/multus ', 'cni/bin/multus-shim '),
      cure: (node) =>
        node.host(
          `mkdir -p /run/multus && { setsid node -e 'require("net").createServer().listen("/run/multus/multus.sock")' >/dev/null 2>&1 & echo $! >/run/multus/pid; } && until grep -q /run/multus/multus.sock /proc/net/unix; do sleep 0.05; done`,
        ),
      undo: `kill $(cat /run/multus/pid); rm /opt/cni/bin/multus-shim; ${withoutMultus}`,
    },
  ],
  [
    'rival-installer',
    { nads: [daemonSet('/opt/cni/bin')], nadsAfterwards: () => [daemonSet('/var/lib/calico')] },
  ],
];

describeOnNode('doctor on a node with one fault that the kernel tells of', () => {
  let node: ThrowawayNode;
  let pod: Sandbox;

  beforeAll(async () => {
    ({ node, pod } = await bootHealthyNode());
  });

  afterAll(() => node.stop());

  it.each(faults)('finds %s alone, and its remedy takes it away', async (id, fault) => {
    const { damage, cure, undo, nads, nadsAfterwards = () => nads } = fault;
    const told = (objects: readonly object[] | undefined): { nads?: string } =>
      objects === undefined ? {} : { nads: JSON.stringify({ kind: 'List', items: objects }) };
    if (damage !== undefined) await node.host(damage);

    const { causes } = await askDoctor(node, pod, told(nads));
    expect(idsOf(causes)).toEqual([id]);
    const remedy = causes[0]?.remedy ?? '';
    if (cure !== undefined) await cure(node, remedy);
    else if (damage !== undefined && fault.nadsAfterwards === undefined) await typeRemedy(node, pod, remedy);

    const { causes: left } = await askDoctor(node, pod, told(nadsAfterwards(remedy)));
    if (undo !== undefined) await node.host(undo);
    expect(idsOf(left)).toEqual([]);
  });

  it('finds a bin dir that was replaced under its container, which a new container does not have', async () => {
    const stays = await node.cri.run(pod, installer({ command: ['/bin/busybox', 'sleep', '1000'] }));
    await node.host('cp -a /opt/cni/bin /opt/cni/new && rm -rf /opt/cni/bin && mv /opt/cni/new /opt/cni/bin');

    const { stdout } = await node.cri.exec(stays, [...asInImage, 'doctor']);
    await node.cri.stopContainer(stays, 0);

    expect(stdout).toMatch(/^error bin-dir-detached$/m);
    expect(stdout).toMatch(/from this follows plugin-absent/);
    expect(idsOf((await askDoctor(node, pod)).causes)).toEqual([]);
  });

  it('finds a runtime that looks elsewhere, and nothing more where that is what it is given', async () => {
    const section = '[plugins."io.containerd.grpc.v1.cri".cni]';
    await node.host(
      `cp /etc/containerd/config.toml /run/before && printf '%s\\nbin_dir = "/usr/libexec/cni"\\n' '${section}' >>/etc/containerd/config.toml`,
    );
    const { causes } = await askDoctor(node, pod);
    const [, hostPath = ''] = /`paths\.binDir=(\S+)`/.exec(causes[0]?.remedy ?? '') ?? [];
    await node.host(`cp -a /opt/cni/bin ${hostPath}`);
    const { causes: left } = await askDoctor(node, pod, { binDir: hostPath });
    await node.host('cp /run/before /etc/containerd/config.toml');

    expect(idsOf(causes)).toEqual(['bin-dir-not-runtimes']);
    expect(idsOf(left)).toEqual([]);
  });

  it('finds a bin dir without room for an upgrade, and that a file which nobody needs has gone', async () => {
    await node.host('mount -t tmpfs -o size=400m,nr_inodes=1000 small /opt/cni/bin');
    await runInstaller(node, installer({ env: { CNI_PLUGINS: plugins } }));
    await node.host(
      'fallocate -l $(($(df -k --output=avail /opt/cni/bin | tail -1) - 20480))K /opt/cni/bin/.filler',
    );
    const full = await askDoctor(node, pod);
    await node.host(
      'rm /opt/cni/bin/.filler && mkdir /opt/cni/bin/.many && cd /opt/cni/bin/.many && touch $(seq $(($(df --output=iavail . | tail -1) - 50)))',
    );
    const many = await askDoctor(node, pod);
    await node.host('rm -r /opt/cni/bin/.many');
    const well = await askDoctor(node, pod);
    await node.host('umount /opt/cni/bin');

    expect(idsOf(full.causes)).toEqual(['bin-dir-space']);
    expect(idsOf(many.causes)).toEqual(['bin-dir-inodes']);
    expect(idsOf(well.causes)).toEqual([]);
  });

  it('finds a plugin that was given setuid, on a mount that does not honour it', async () => {
    const spec = installer({ env: { CNI_PLUGINS: plugins } });
    await runInstaller(node, { ...spec, args: ['install', '--mode', 'bridge=4755'] });
    await node.host(mountOpt('nosuid'));
    const { causes } = await askDoctor(node, pod);
    await typeRemedy(node, pod, causes[0]?.remedy);
    const { causes: left } = await askDoctor(node, pod);
    await node.host('umount /opt');
    await runInstaller(node, spec);

    expect(idsOf(causes)).toEqual(['bin-dir-nosuid-modes']);
    expect(idsOf(left)).toEqual([]);
  });

  it("finds a DHCP daemon that does not see the pods' network namespaces", async () => {
    const daemon = installer({ command: ['/host/opt/cni/bin/dhcp', 'daemon'] });
    const runCni: HostPathMount = { hostPath: '/run/cni', containerPath: '/run/cni' };
    const runNetns: HostPathMount = {
      hostPath: '/run/netns',
      containerPath: '/run/netns',
      propagation: 'HostToContainer',
    };
    await node.host('mkdir -p /run/cni');
    const asked = async (mounts: readonly HostPathMount[]): Promise<string[]> => {
      const container = await node.cri.run(pod, { ...daemon, name: `dhcp-${mounts.length}`, mounts });
      await node.host(untilItListens);
      const { causes } = await askDoctor(node, pod, {
        nads: JSON.stringify({ kind: 'List', items: byDhcp }),
      });
      await node.cri.stopContainer(container, 5);
      await node.host('rm -f /run/cni/dhcp.sock');
      return idsOf(causes);
    };

    expect(await asked([binDir, runCni])).toEqual(['dhcp-no-netns']);
    expect(await asked([binDir, runCni, runNetns])).toEqual([]);
  });
});

describeOnNode('doctor on a node whose runtime has a mount namespace of its own', () => {
  it('finds that, and sharing by our own verb takes it away', async () => {
    const runtimeCommand = ['unshare', '--mount', '--propagation', 'private', 'containerd'];
    await using node = await bootInstallerNode({ propagation: 'shared', runtimeCommand });
    const env = { CNI_PLUGINS: plugins };
    await runInstaller(node, installer({ env, args: ['install', '--share-mounts', 'off'] }));
    await node.writeCniConfig(bridgeNetwork);
    const pod = await node.cri.runSandbox(hostPod);

    const { causes } = await askDoctor(node, pod);
    expect(idsOf(causes)).toEqual(['runtime-in-own-mount-namespace']);
    await typeRemedy(node, pod, causes[0]?.remedy);

    expect(idsOf((await askDoctor(node, pod)).causes)).toEqual([]);
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
