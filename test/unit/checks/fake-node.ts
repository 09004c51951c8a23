// A directory tree that shows what a healthy node shows, for tests that break exactly one thing of it.

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type CheckResult, diagnose, type Diagnosis, rootsOf } from '../../../src/checks/diagnose.ts';
import { kernelParts } from '../../../src/checks/node/kernel.ts';
import { readClusterObjects } from '../../../src/cluster/kubectl.ts';
import type { Asked, NodeFacts, RecordFacts } from '../../../src/facts/node-facts.ts';
import { readNode } from '../../../src/facts/read-node.ts';
import { type Seen, seenAs, unseen } from '../../../src/facts/seen.ts';
import { runCommand } from '../../../src/lib/command.ts';
import type { RunOnHost } from '../../../src/node/plugins/proof.ts';
import { inspectMounts } from '../../../src/node/mounts/mounts.ts';
import { ownArch } from '../../support/own-arch.ts';
import { plugin } from '../../support/plugins.ts';
import { goProgram } from './go-program.ts';

/** Processes of the host, by number. */
export const pids = { init: 1, kubelet: 700, runtime: 800, shim: 900, own: 901 } as const;

/** Of the record; the conf dir uses some of them. */
export const recordedPlugins = ['bridge', 'host-local', 'loopback', 'macvlan', 'portmap'] as const;

export const sharedPaths = ['/', '/opt/cni/bin', '/run/netns'] as const;

export const now = Date.UTC(2026, 0, 1);

export const nothingAsked: Asked = { plugins: [], interfaces: [], paths: [], inotify: false };

/** What else is known of it, where a test wants it otherwise. */
export interface Around {
  readonly record?: Seen<RecordFacts>;
  /** kubectl's JSON. */
  readonly cluster?: string;
  readonly asked?: Partial<Asked>;
  readonly node?: string;
  readonly apiServer?: string;
  /** Another place of the host's procfs. */
  readonly hostProc?: string;
  /** What plugins are asked for their STATUS by. */
  readonly runOnHost?: RunOnHost;
  /** What a directory tree can't show. */
  readonly change?: (facts: NodeFacts) => NodeFacts;
}

export class FakeNode implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'fake-node-')));
  readonly binDir = join(this.directory, 'host/opt/cni/bin');
  readonly confDir = join(this.directory, 'host/etc/cni/net.d');
  readonly procPath = join(this.directory, 'host/proc');
  readonly sysPath = join(this.directory, 'sys');

  constructor() {
    for (const name of [...recordedPlugins, 'multus']) this.place(name, plugin(name));
    this.conf('00-multus.conf', multusConf);
    this.conf('10-pods.conflist', podsConf);
    this.write(
      join(this.confDir, 'multus.d/multus.kubeconfig'),
      kubeconfig('https://[10.96.0.1]:443', now + 3600_000),
    );
    this.#layOutProc();
  }

  /** A file of the host's procfs. */
  proc(path: string, content: string | Buffer): void {
    this.write(join(this.procPath, path), content);
  }

  /** A file of the host, by its path there. */
  host(path: string, content = ''): void {
    this.write(join(this.procPath, '1/root', path), content);
  }

  conf(name: string, content: object | string): void {
    this.write(join(this.confDir, name), typeof content === 'string' ? content : JSON.stringify(content));
  }

  place(name: string, bytes: Buffer): void {
    this.write(join(this.binDir, name), bytes);
    chmodSync(join(this.binDir, name), 0o755);
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  remove(path: string): void {
    rmSync(path, { recursive: true, force: true });
  }

  async facts(around: Around = {}): Promise<NodeFacts> {
    const { record = seenAs(healthyRecord), cluster, asked, node, apiServer } = around;
    const { binDir, confDir, procPath, sysPath } = this;
    const { hostProc = procPath } = around;
    const paths = [...sharedPaths, ...(asked?.paths ?? [])];
    const sharing = await inspectMounts({ mode: 'rshared', paths, hostProc, busybox: undefined });
    return readNode(
      {
        node,
        arch: ownArch,
        nowMs: now,
        apiServer,
        places: { binDir, confDir, hostProc, procPath, sysPath },
        runOnHost:
          around.runOnHost ??
          (async () => ({ where: 'elsewhere', because: 'the host of this test is none' })),
        active: around.runOnHost !== undefined,
        kernelParts,
        record,
        installersAtWork: seenAs([]),
        sharing: seenAs(sharing),
        cluster:
          cluster === undefined
            ? unseen('nothing of the cluster was given')
            : seenAs(readClusterObjects(Buffer.from(cluster))),
        asked: { ...nothingAsked, ...asked },
      },
      new AbortController().signal,
    );
  }

  async diagnosis(around: Around = {}): Promise<Diagnosis> {
    const { change = (facts) => facts } = around;
    return diagnose(change(await this.facts(around)));
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #layOutProc(): void {
    for (const [name, pid] of Object.entries(pids)) this.#layOutProcess(name, pid);
    symlinkSync(String(pids.own), join(this.procPath, 'self'));
    this.proc('stat', `btime ${now / 1000 - 86_400}\n`);
    this.proc('modules', 'bridge 1 0 - Live 0x0\nmacvlan 1 0 - Live 0x0\n');
    this.proc(
      'kallsyms',
      '0000000000000000 T tun_chr_open\n0000000000000000 t br_nf_pre_routing\t[br_netfilter]\n',
    );
    this.proc(
      'config.gz',
      gzipSync('CONFIG_IPVLAN=m\nCONFIG_VLAN_8021Q=m\nCONFIG_NF_TABLES=y\n# CONFIG_NET_VRF is not set\n'),
    );
    this.proc('sys/kernel/osrelease', '6.12.0\n');
    this.proc('sys/fs/inotify/max_user_instances', '1024\n');
    this.proc('sys/fs/inotify/max_user_watches', '524288\n');
    this.proc('sys/net/bridge/bridge-nf-call-iptables', '1\n');
    this.proc('1/net/dev', netDev(['lo', 'eth0', 'cni0']));
    this.proc('1/net/snmp', 'Ip: Forwarding DefaultTTL\nIp: 1 64\n');
    this.proc('1/net/unix', netUnix(['/run/containerd/containerd.sock', '/run/cni/dhcp.sock']));
    this.proc('1/net/fib_trie', '|-- 192.0.2.2\n   /32 host LOCAL\n');
    this.proc('1/net/route', netRoute('cni0', '0000F40A', '00FFFFFF'));
    this.proc('1/cgroup', '0::/init.scope\n');
    this.host('/etc/os-release', 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\n');
    mkdirSync(join(this.procPath, '1/root/var/lib/cni/networks'), { recursive: true });
    this.proc('800/root/etc/containerd/config.toml', containerdToml('/opt/cni/bin'));
    this.proc('800/exe', goProgram({ 'github.com/containernetworking/cni': 'v1.1.2' }, 'v1.7.24'));
    this.proc('self/attr/current', 'cri-containerd.apparmor.d (unconfined)\n');
  }

  #layOutProcess(name: string, pid: number): void {
    const isOwn = pid === pids.own;
    const comm = { runtime: 'containerd', shim: 'containerd-shim' }[name] ?? name;
    const parent = isOwn ? pids.shim : pid === pids.shim ? pids.init : 0;
    this.proc(`${pid}/stat`, statLine(pid, comm, 0));
    this.proc(`${pid}/cmdline`, `/usr/bin/${comm}\0`);
    this.proc(`${pid}/status`, `Name:\t${comm}\nPPid:\t${parent}\nCapEff:\t000001ffffffffff\n`);
    this.proc(`${pid}/mountinfo`, isOwn ? this.ownMounts() : hostMounts());
    mkdirSync(join(this.procPath, `${pid}/ns`));
    symlinkSync(`mnt:[${isOwn ? 200 : 100}]`, join(this.procPath, `${pid}/ns/mnt`));
    symlinkSync('net:[1]', join(this.procPath, `${pid}/ns/net`));
  }

  /** Of this container: its own root, and the bin dir of the host. */
  ownMounts(binDirRoot = '/opt/cni/bin'): string {
    return `300 290 0:50 / / rw - overlay overlay rw\n301 300 8:1 ${binDirRoot} ${this.binDir} rw - ext4 /dev/sda1 rw\n`;
  }
}

/** As if this machine were the host. */
export const runHere: RunOnHost = async ({ path, env, input = '', timeoutMs, signal }) => ({
  where: 'host',
  end: await runCommand({ file: path, args: [], env, input, timeoutMs, signal }),
});

export function hostMounts(options = 'rw', propagation = 'shared:1', superOptions = 'rw'): string {
  return [
    `20 1 8:1 / / ${options} ${propagation} - ext4 /dev/sda1 ${superOptions}`,
    `21 20 0:22 / /run rw shared:2 - tmpfs tmpfs rw`,
    '',
  ].join('\n');
}

export function statLine(pid: number, name: string, startTicks: number): string {
  return `${pid} (${name}) S ${'0 '.repeat(18)}${startTicks} 0\n`;
}

export function netDev(names: readonly string[]): string {
  const lines = names.map((name) => `  ${name}: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0`);
  return [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes',
    ...lines,
    '',
  ].join('\n');
}

export function netUnix(listening: readonly string[]): string {
  const lines = listening.map((path) => `0000000000000000: 00000002 00000000 00010000 0001 01 1000 ${path}`);
  return ['Num       RefCount Protocol Flags    Type St Inode Path', ...lines, ''].join('\n');
}

export function netRoute(name: string, to: string, mask: string): string {
  return `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n${name}\t${to}\t00000000\t0001\t0\t0\t0\t${mask}\n`;
}

export function containerdToml(binDir: string): string {
  return `version = 2\n[plugins."io.containerd.grpc.v1.cri".cni]\n  bin_dir = "${binDir}"\n`;
}

/** As thin Multus writes it. */
export const multusConf = {
  cniVersion: '0.3.1',
  name: 'multus-cni-network',
  type: 'multus',
  kubeconfig: '/etc/cni/net.d/multus.d/multus.kubeconfig',
  delegates: [
    {
      cniVersion: '1.0.0',
      name: 'pods',
      plugins: [
        { type: 'bridge', ipMasq: true, ipam: { type: 'host-local', subnet: '10.244.0.0/24' } },
        { type: 'portmap' },
      ],
    },
  ],
};

export const podsConf = multusConf.delegates[0] ?? {};

export function kubeconfig(server: string, endsMs: number): string {
  return `apiVersion: v1\nclusters:\n- name: local\n  cluster:\n    server: ${server}\nusers:\n- name: multus\n  user:\n    token: "${token(endsMs)}"\n`;
}

/** A JSON Web Token with a mark in it that must never be told. */
export function token(endsMs: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part({ exp: endsMs / 1000, sub: canary })}.${canary}`;
}

export const canary = 'canary-of-the-token';

const size = plugin('bridge').length;

export const healthyRecord: RecordFacts = {
  release: 'v1.9.1',
  plugins: new Map(recordedPlugins.map((name) => [name, { size, mode: 0o755 }])),
  kept: new Set(),
  findings: [],
  hasSpareStore: true,
  newer: undefined,
};

export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A NAD as kubectl prints it. */
export function nad(name: string, config: object | string): object {
  return {
    kind: 'NetworkAttachmentDefinition',
    metadata: { name, namespace: 'default' },
    spec: { config: typeof config === 'string' ? config : JSON.stringify(config) },
  };
}

export function findingsOf({ checks }: Diagnosis): string[] {
  return checks.filter(({ result }) => result === 'finding').map(({ id }) => id);
}

export function rootIds(diagnosis: Diagnosis): string[] {
  return rootsOf(diagnosis).map(({ id }) => id);
}

export function resultOf({ checks }: Diagnosis, wanted: string): CheckResult {
  const found = checks.find(({ id }) => id === wanted);
  if (found === undefined) throw new Error(`there is no check ${wanted}`);
  return found;
}
