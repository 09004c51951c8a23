// For each check one fault of a healthy node, and nothing else of it: what a test breaks to see it found.

import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CheckId } from '../../../src/checks/ids.ts';
import { seenAs } from '../../../src/facts/seen.ts';
import type { FindingCode } from '../../../src/failure/codes.ts';
import { plugin, pluginForAnotherMachine, truncatedPlugin } from '../../support/plugins.ts';
import {
  type Around,
  containerdToml,
  type FakeNode,
  healthyRecord,
  hostMounts,
  kubeconfig,
  multusConf,
  nad,
  netRoute,
  netUnix,
  now,
  pids,
  podsConf,
  runHere,
  statLine,
} from './fake-node.ts';
import { goProgram } from './go-program.ts';

/** Breaks the node, and says what else is known. */
export type Fault = (node: FakeNode) => Around | void;

const macvlanNad = { cniVersion: '1.0.0', type: 'macvlan', master: 'eth0' };

function given(...objects: object[]): Around {
  return { cluster: objects.map((object) => JSON.stringify(object)).join('\n') };
}

function nads(...configs: readonly (readonly [name: string, config: object | string])[]): Around {
  return given({ kind: 'List', items: configs.map(([name, config]) => nad(name, config)) });
}

/** An audit found this. */
function audited(code: FindingCode): Around {
  return { record: seenAs({ ...healthyRecord, findings: [{ code, message: 'it is so', hint: 'do that' }] }) };
}

function withHostMounts(node: FakeNode, ...as: Parameters<typeof hostMounts>): void {
  for (const pid of [pids.init, pids.kubelet, pids.runtime, pids.shim])
    node.proc(`${pid}/mountinfo`, hostMounts(...as));
}

function withCapabilities(node: FakeNode, effective: bigint): void {
  node.proc('self/status', `PPid:\t${pids.shim}\nCapEff:\t${effective.toString(16).padStart(16, '0')}\n`);
}

function released(version: string): Around {
  return { record: seenAs({ ...healthyRecord, release: version }) };
}

const daemonPid = 1200;

/** A DHCP daemon of the host, in a mount namespace of its own or in the host's. */
function withDhcpDaemon(
  node: FakeNode,
  { pid = daemonPid, startTicks = 0, mounts = hostMounts() } = {},
): void {
  node.proc(`${pid}/stat`, statLine(pid, 'dhcp', startTicks));
  node.proc(`${pid}/cmdline`, '/opt/cni/bin/dhcp\0daemon\0');
  node.proc(`${pid}/mountinfo`, mounts);
}

export const speaksStatus = { speaks: ['0.3.1', '0.4.0', '1.0.0', '1.1.0'] };

const dhcpNad = { ...macvlanNad, ipam: { type: 'dhcp' } };

/** Somebody gets addresses by DHCP, and all is there for it. */
export function withDhcp(node: FakeNode): Around {
  node.place('dhcp', plugin('dhcp'));
  withDhcpDaemon(node);
  return nads(['by-dhcp', dhcpNad]);
}

/** Long after whatever lies on the node. */
const lateTicks = 100 * 86_400 * 365 * 100;

/** One that is older than the daemon. */
export function withDhcpAttachment(node: FakeNode): void {
  withDhcpDaemon(node, { startTicks: lateTicks });
  const config = Buffer.from(JSON.stringify({ ...dhcpNad, name: 'by-dhcp' })).toString('base64');
  const result = { interfaces: [{ name: 'net1', sandbox: '/run/netns/cni-1' }] };
  node.host('/run/netns/cni-1');
  node.host(
    '/var/lib/cni/results/by-dhcp-1-net1',
    JSON.stringify({ config, containerId: '1', ifName: 'net1', result }),
  );
}

/** What our verb has left beside the socket since that daemon was started. */
export function withDhcpRecord(node: FakeNode, result: string, startedMs = Number.MAX_SAFE_INTEGER): void {
  const attachment = { container: '1', interfaceName: 'net1', network: 'by-dhcp', pod: 'default/web-0' };
  const record = { schema: 1, startedMs, attachments: [{ ...attachment, result, had: ['10.0.0.5'] }] };
  node.host('/run/cni/cni-plugins-installer-dhcp.json', JSON.stringify(record));
}

const noDhcpSocket = netUnix(['/run/containerd/containerd.sock']);

function ranged(range: object, name = 'ranged'): Around {
  return nads([name, { ...macvlanNad, name, ipam: { type: 'host-local', ranges: [[range]] } }]);
}

/** A plugin that is started by a program which no node has: the type of a program header is PT_INTERP (elf(5)). */
function dynamicPlugin(): Buffer {
  const bytes = plugin('portmap');
  const at = Number(bytes.readBigUInt64LE(32));
  const path = '/lib/no-such-loader\0';
  bytes.writeUInt32LE(3, at);
  bytes.writeBigUInt64LE(BigInt(bytes.length), at + 8);
  bytes.writeBigUInt64LE(BigInt(path.length), at + 32);
  return Buffer.concat([bytes, Buffer.from(path)]);
}

/** A module that a NAD needs, and the kernel lacks. */
function lacking(type: string, more: object = {}): Fault {
  return (node) => {
    node.proc('modules', '');
    node.proc('kallsyms', '');
    node.remove(join(node.procPath, 'config.gz'));
    node.proc('config.gz', gzipSync('CONFIG_BRIDGE=y\nCONFIG_BRIDGE_NETFILTER=y\n'));
    node.place(type, plugin(type));
    return nads(['needing', { cniVersion: '1.0.0', type, ...more }]);
  };
}

const multusPod = (more: object): object => ({
  kind: 'Pod',
  metadata: { name: 'kube-multus-ds-1', namespace: 'kube-system' },
  spec: {
    containers: [{ name: 'kube-multus', image: 'ghcr.io/k8snetworkplumbingwg/multus-cni:v4.3.0-thick' }],
  },
  status: {},
  ...more,
});

const thickConf = {
  cniVersion: '0.3.1',
  name: 'multus-cni-network',
  type: 'multus-shim',
  daemonSocketDir: '/run/multus',
};

/** Thick Multus, whose daemon listens. */
function withThickMultus(node: FakeNode): void {
  node.remove(join(node.confDir, '00-multus.conf'));
  node.conf('00-multus.conf', thickConf);
  node.place('multus-shim', plugin('multus-shim', { version: 'v4.3.0' }));
  node.proc('1/net/unix', netUnix(['/host/run/multus/multus.sock', '/run/cni/dhcp.sock']));
}

export const faults: Readonly<Partial<Record<CheckId, Fault>>> = {
  'bin-dir-absent': (node) => node.remove(node.binDir),
  'bin-dir-detached': (node) => node.proc('self/mountinfo', node.ownMounts('/opt/cni/bin//deleted')),
  'bin-dir-not-runtimes': (node) =>
    node.proc(
      `${pids.runtime}/root/etc/containerd/config.toml`,
      containerdToml('/var/lib/rancher/k3s/data/cni'),
    ),
  'bin-dir-read-only': (node) => withHostMounts(node, 'ro'),
  'bin-dir-noexec': (node) => withHostMounts(node, 'rw,noexec'),
  'bin-dir-nosuid-modes': (node) => {
    withHostMounts(node, 'rw,nosuid');
    chmodSync(join(node.binDir, 'bridge'), 0o4755);
    const plugins = new Map([...healthyRecord.plugins, ['bridge', { size: 1, mode: 0o4755 }]]);
    return { record: seenAs({ ...healthyRecord, plugins }) };
  },
  'bin-dir-owner': (node) => {
    withCapabilities(node, 0n);
    chownSync(node.binDir, 1000, 1000);
  },
  'bin-dir-space': () => ({
    record: seenAs({ ...healthyRecord, plugins: new Map([['bridge', { size: 2 ** 60, mode: 0o755 }]]) }),
  }),
  'bin-dir-inodes': () => ({
    change: (facts) => ({
      ...facts,
      binDir: { ...facts.binDir, room: seenAs({ freeBytes: 2 ** 40, freeInodes: 3 }) },
    }),
  }),
  'plugin-absent': (node) => node.remove(join(node.binDir, 'portmap')),
  'plugin-broken': (node) => node.place('portmap', plugin('portmap', { behaviour: 'crashes' })),
  'plugin-not-executable': (node) => chmodSync(join(node.binDir, 'portmap'), 0o644),
  'plugin-wrong-architecture': (node) => node.place('portmap', pluginForAnotherMachine('portmap')),
  'plugin-truncated': (node) => node.place('portmap', truncatedPlugin('portmap')),
  'plugin-interpreter-missing': (node) => node.place('portmap', dynamicPlugin()),
  'plugin-dangling-link': (node) => {
    unlinkSync(join(node.binDir, 'portmap'));
    symlinkSync('/var/lib/rancher/k3s/data/current/bin/cni', join(node.binDir, 'portmap'));
  },
  'plugin-changed': () => audited('plugin-changed'),
  'plugin-foreign': () => audited('plugin-foreign'),
  'plugin-mode-changed': () => audited('plugin-mode-changed'),
  'plugin-setuid': (node) => chmodSync(join(node.binDir, 'portmap'), 0o4755),
  'plugin-mixed-releases': (node) => node.place('portmap', plugin('portmap', { version: 'v1.6.2' })),
  'stale-temp': (node) => node.write(join(node.binDir, 'macvlan.old'), ''),
  'mount-not-shared': (node) => withHostMounts(node, 'rw', ''),
  'runtime-in-own-mount-namespace': (node) => {
    for (const pid of [pids.runtime, pids.shim]) {
      node.proc(
        `${pid}/mountinfo`,
        '120 1 8:1 / / rw - ext4 /dev/sda1 rw\n121 120 0:22 / /run rw - tmpfs tmpfs rw\n',
      );
      rmSync(join(node.procPath, `${pid}/ns/mnt`));
      symlinkSync('mnt:[150]', join(node.procPath, `${pid}/ns/mnt`));
    }
  },
  'selinux-denies': (node) => {
    withHostMounts(node, 'rw', '');
    node.proc('self/attr/current', 'system_u:system_r:container_t:s0:c1,c2\0');
    node.write(join(node.sysPath, 'fs/selinux/enforce'), '1');
  },
  'apparmor-denies-mount': (node) => {
    withHostMounts(node, 'rw', '');
    node.proc('self/attr/current', 'cri-containerd.apparmor.d (enforce)\n');
  },
  'module-missing-macvlan': lacking('macvlan', { master: 'eth0' }),
  'module-missing-ipvlan': lacking('ipvlan', { master: 'eth0' }),
  'module-missing-vlan': lacking('vlan', { master: 'eth0' }),
  'module-missing-vrf': lacking('vrf'),
  'module-missing-dummy': lacking('dummy'),
  'module-missing-tap': lacking('tap'),
  'module-missing-bridge': (node) => {
    node.proc('modules', '');
    node.proc('config.gz', gzipSync('CONFIG_OTHER=y\n'));
  },
  'module-missing-br_netfilter': (node) => {
    node.proc('kallsyms', '0000000000000000 T tun_chr_open\n');
    node.proc('config.gz', gzipSync('CONFIG_BRIDGE=m\n'));
  },
  'module-missing-nf_tables': (node) => {
    node.proc('config.gz', gzipSync('CONFIG_OTHER=y\n'));
    return nads([
      'mapped',
      { cniVersion: '1.0.0', name: 'mapped', plugins: [{ type: 'portmap', backend: 'nftables' }] },
    ]);
  },
  'sysctl-inotify-instances': (node) => node.proc('sys/fs/inotify/max_user_instances', '64\n'),
  'sysctl-inotify-watches': (node) => node.proc('sys/fs/inotify/max_user_watches', '4096\n'),
  'sysctl-ip-forward': (node) => node.proc('1/net/snmp', 'Ip: Forwarding DefaultTTL\nIp: 2 64\n'),
  'sysctl-bridge-nf': (node) => node.proc('sys/net/bridge/bridge-nf-call-iptables', '0\n'),
  'cni-conf-absent': (node) => {
    node.remove(node.confDir);
    mkdirSync(node.confDir);
  },
  'cni-conf-invalid': (node) =>
    node.conf('10-pods.conflist', '{"cniVersion": "1.0.0",\n "name": "pods" "plugins": []}'),
  'cni-conf-spec-unsupported': (node) => {
    node.conf('00-multus.conf', { ...multusConf, cniVersion: '1.0.0' });
    node.proc(
      `${pids.runtime}/exe`,
      goProgram({ 'github.com/containernetworking/cni': 'v0.8.1' }, 'v1.5.18'),
    );
  },
  'plugin-spec-unsupported': () => nads(['too-new', { ...macvlanNad, cniVersion: '1.1.0' }]),
  'plugin-status': (node) => {
    node.place('portmap', plugin('portmap', { ...speaksStatus, behaviour: 'not-ready' }));
    node.conf('20-more.conf', { cniVersion: '1.1.0', name: 'more', type: 'portmap' });
    return { runOnHost: runHere };
  },
  'bridge-address-differs': (node) => node.proc('1/net/route', netRoute('cni0', '0005F40A', '00FFFFFF')),
  'multus-not-first': (node) => node.conf('00-aaa.conflist', podsConf),
  'multus-conf-unreadable': (node) => node.conf('00-multus.conf', ''),
  'multus-kubeconfig-absent': (node) => node.remove(join(node.confDir, 'multus.d/multus.kubeconfig')),
  'multus-token-expired': (node) =>
    node.conf('multus.d/multus.kubeconfig', kubeconfig('https://[10.96.0.1]:443', now - 3600_000)),
  'multus-token-expires-soon': (node) =>
    node.conf('multus.d/multus.kubeconfig', kubeconfig('https://[10.96.0.1]:443', now + 120_000)),
  'multus-server-changed': () => ({ apiServer: 'https://10.99.0.1:443' }),
  'multus-daemon-down': (node) => {
    withThickMultus(node);
    node.proc('1/net/unix', netUnix(['/run/cni/dhcp.sock']));
  },
  'multus-oom': () =>
    given(
      multusPod({
        status: {
          qosClass: 'Burstable',
          containerStatuses: [{ name: 'kube-multus', lastState: { terminated: { reason: 'OOMKilled' } } }],
        },
      }),
    ),
  'multus-shim-version-skew': (node) => {
    withThickMultus(node);
    node.place('multus-shim', plugin('multus-shim', { version: 'v4.2.3' }));
    return given(multusPod({}));
  },
  'readiness-indicator-absent': (node) =>
    node.conf('00-multus.conf', { ...multusConf, readinessindicatorfile: '/run/flannel/subnet.env' }),
  'cluster-network-absent': (node) =>
    node.conf('00-multus.conf', { ...multusConf, clusterNetwork: '/etc/cni/net.d/99-gone.conflist' }),
  'nad-invalid-json': () => nads(['torn', '{"type": "macvlan", master}']),
  'nad-without-type': () => nads(['typeless', { cniVersion: '1.0.0', name: 'typeless', plugins: [] }]),
  'nad-name-mismatch': () => given({ ...nad('nowhere', ''), spec: {} }),
  'nad-absent': () =>
    given(nad('other', macvlanNad), {
      kind: 'Pod',
      metadata: {
        name: 'app',
        namespace: 'default',
        annotations: { 'k8s.v1.cni.cncf.io/networks': 'gone@net1' },
      },
      spec: { containers: [] },
    }),
  'nad-plugin-absent': () => nads(['fast', { cniVersion: '1.0.0', type: 'sriov' }]),
  'nad-master-absent': () => nads(['elsewhere', { ...macvlanNad, master: 'eht0' }]),
  'nad-master-both-macvlan-ipvlan': (node) => {
    node.place('ipvlan', plugin('ipvlan'));
    return nads(['a', macvlanNad], ['b', { ...macvlanNad, type: 'ipvlan' }]);
  },
  'nad-ipam-exhausted': (node) => {
    for (const last of [10, 11]) node.host(`/var/lib/cni/networks/ranged/192.0.3.${last}`, 'id');
    node.host('/var/lib/cni/networks/ranged/last_reserved_ip.0', '192.0.3.11');
    return ranged({ subnet: '192.0.3.0/24', rangeStart: '192.0.3.10', rangeEnd: '192.0.3.11' });
  },
  'nad-ipam-range-invalid': () => ranged({ subnet: '192.0.3.0/24', rangeStart: '192.0.4.10' }),
  'nad-ipam-overlaps-host': () => ranged({ subnet: '192.0.2.0/24' }),
  'dhcp-daemon-absent': (node) => {
    node.place('dhcp', plugin('dhcp'));
    node.proc('1/net/unix', noDhcpSocket);
    return nads(['by-dhcp', dhcpNad]);
  },
  'dhcp-dead-socket': (node) => {
    node.place('dhcp', plugin('dhcp'));
    node.proc('1/net/unix', noDhcpSocket);
    node.host('/run/cni/dhcp.sock');
    return nads(['by-dhcp', dhcpNad]);
  },
  'dhcp-no-netns': (node) => {
    const around = withDhcp(node);
    withDhcpDaemon(node, { mounts: '900 1 0:60 / / rw - overlay overlay rw\n' });
    return around;
  },
  'dhcp-two-daemons': (node) => {
    const around = withDhcp(node);
    withDhcpDaemon(node, { pid: daemonPid + 1 });
    return around;
  },
  'dhcp-leases-orphaned': (node) => {
    const around = withDhcp(node);
    withDhcpAttachment(node);
    return around;
  },
  'dhcp-address-moved': (node) => {
    const around = withDhcp(node);
    withDhcpAttachment(node);
    withDhcpRecord(node, 'moved');
    return around;
  },
  'rival-installer': () =>
    given({
      kind: 'DaemonSet',
      metadata: { name: 'calico-node', namespace: 'kube-system' },
      spec: {
        template: {
          spec: {
            initContainers: [
              {
                name: 'install-cni',
                image: 'docker.io/calico/cni:v3.30.0',
                volumeMounts: [{ name: 'bin', mountPath: '/x' }],
              },
            ],
            volumes: [{ name: 'bin', hostPath: { path: '/opt/cni/bin' } }],
          },
        },
      },
    }),
  'two-of-us': (node) => {
    for (const pid of [1300, 1301]) {
      node.proc(`${pid}/stat`, statLine(pid, 'MainThread', 0));
      node.proc(`${pid}/cmdline`, '/usr/bin/node\0/app/cni-plugins-installer.js\0watch\0');
    }
  },
  'store-damaged': () => audited('store-damaged'),
  'spare-store-damaged': () => audited('spare-store-damaged'),
  'ledger-newer': () => ({
    record: seenAs({
      ...healthyRecord,
      release: undefined,
      plugins: new Map(),
      newer: 'the ledger has schema 9',
    }),
  }),
  'ledger-rebuilt': () => audited('ledger-rebuilt'),
  'original-missing': () => audited('original-missing'),
  'release-advisory': (node) => {
    for (const name of healthyRecord.plugins.keys()) node.place(name, plugin(name, { version: 'v1.6.2' }));
    node.conf('10-pods.conflist', {
      cniVersion: '1.0.0',
      name: 'pods',
      plugins: [{ type: 'portmap', backend: 'nftables' }],
    });
    return released('v1.6.2');
  },
  'release-behind-kubernetes': (node) => {
    for (const name of healthyRecord.plugins.keys()) node.place(name, plugin(name, { version: 'v1.5.1' }));
    const nodeObject = {
      kind: 'Node',
      metadata: { name: 'n1' },
      status: { nodeInfo: { kubeletVersion: 'v1.34.4' } },
    };
    return { ...released('v1.5.1'), ...given(nodeObject) };
  },
  'release-unknown': (node) => {
    for (const name of healthyRecord.plugins.keys()) node.place(name, plugin(name, { version: 'v9.0.0' }));
    return released('v9.0.0');
  },
  'loopback-too-old-for-containerd': (node) => {
    const plugins = new Map([...healthyRecord.plugins].filter(([name]) => name !== 'loopback'));
    node.place('loopback', plugin('loopback', { version: 'v0.8.6' }));
    return { record: seenAs({ ...healthyRecord, plugins }) };
  },
  'containerd-1.6.0-1.6.3': (node) =>
    node.proc(`${pids.runtime}/exe`, goProgram({ 'github.com/containernetworking/cni': 'v1.1.1' }, 'v1.6.2')),
  wsl2: (node) => node.proc('sys/kernel/osrelease', '5.15.153.1-microsoft-standard-WSL2\n'),
  lxc: (node) => node.proc('1/cgroup', '0::/lxc.payload.node/init.scope\n'),
  'openshift-managed': (node) => node.host('/etc/os-release', 'ID="rhcos"\n'),
  talos: (node) => node.host('/etc/os-release', 'ID=talos\n'),
  'nixos-wipes': (node) => node.host('/etc/os-release', 'ID=nixos\n'),
  'rke2-k3s-path': (node) => {
    node.proc('650/stat', statLine(650, 'k3s-server', 0));
    node.proc('650/cmdline', '/usr/local/bin/k3s\0server\0');
  },
};
