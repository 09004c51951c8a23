// A network of a test's own: namespaces, a real DHCP server, and attachments as runtimes make and remember them.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../throwaway-node/eventually.ts';
import { run } from '../throwaway-node/command.ts';
import {
  createNode,
  type Run,
  runInstaller,
  type RunningInstaller,
  startInstaller,
  type TestNode,
} from './installer.ts';
import { valueOf } from './watch.ts';
import { pluginsArchive } from './node/plugins-archive.ts';

export const siteCommands = ['unshare', 'nsenter', 'ip', 'busybox', 'curl', 'promtool'] as const;

/** Seconds; half of it goes by between two renewals. */
const leaseSeconds = 8;

export interface DhcpSite extends AsyncDisposable {
  readonly node: TestNode;
  readonly socket: string;
  readonly cacheDir: string;
  /** Words that run a command here. */
  readonly within: readonly string[];
  readonly shell: (code: string) => Promise<string>;
  /** Starts a program that stays, and hears what it says. */
  readonly start: (words: readonly string[]) => Heard;
  /** A server that gives addresses between these last bytes, and remembers none. */
  readonly serve: (from: number, to: number) => Promise<Heard>;
  /** The processes of the daemon, by what they run. */
  readonly daemons: () => readonly number[];
}

export interface Heard {
  readonly process: ChildProcess;
  readonly said: () => string;
}

/** With the plugin dhcp of a release installed; `none` for without. */
export async function createDhcpSite(release = 'v1.9.1'): Promise<DhcpSite> {
  const node = createNode();
  const cacheDir = join(node.directory, 'var/lib/cni');
  mkdirSync(join(cacheDir, 'results'), { recursive: true });
  mkdirSync(join(cacheDir, 'multus/results'), { recursive: true });
  const keeper = spawn('unshare', ['--mount', '--net', '--propagation', 'private', 'sh', '-ec', beginning], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => keeper.stdout.once('data', resolve));
  const within = ['nsenter', `--target=${keeper.pid}`, '--mount', '--net', '--'];
  const shell = (code: string): Promise<string> =>
    run('nsenter', [...within.slice(1), 'timeout', '60', 'sh', '-ec', code]);
  const site: DhcpSite = {
    node,
    socket: '/run/cni/dhcp.sock',
    cacheDir,
    within,
    shell,
    start: (words) => heardOf(spawn('nsenter', [...within.slice(1), ...words])),
    serve: (from, to) => startServer(site, from, to),
    daemons: () => processesIn(keeper.pid ?? 0).filter((pid) => wordsOf(pid).includes('/dhcp daemon ')),
    [Symbol.asyncDispose]: async () => {
      for (const pid of processesIn(keeper.pid ?? 0)) endProcess(pid);
      node[Symbol.dispose]();
    },
  };
  if (release !== 'none') await installDhcp(site, release);
  return site;
}

const beginning = `
mount -t tmpfs none /run
mkdir -p /run/netns /run/cni
ip link set lo up
ip link add lan0 type bridge
ip addr add 10.99.0.1/24 dev lan0
ip link set lan0 up
echo ready
exec sleep infinity`;

export async function installDhcp({ node }: DhcpSite, release: string): Promise<void> {
  const { path, sha256 } = pluginsArchive(release);
  const args = ['--archive', path, '--sha256', sha256, '--cni-version', release, '--plugins', 'dhcp'];
  const { exitStatus, stderr } = await runInstaller(node, args);
  if (exitStatus !== 0) throw new Error(stderr);
}

function processesIn(keeper: number): readonly number[] {
  const namespace = netOf(keeper);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => namespace !== undefined && netOf(pid) === namespace);
}

function netOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    // It has ended since.
    return undefined;
  }
}

function wordsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since.
  }
}

function heardOf(child: ChildProcess): Heard {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  return { process: child, said: () => said };
}

async function startServer(site: DhcpSite, from: number, to: number): Promise<Heard> {
  const conf = join(site.node.directory, 'udhcpd.conf');
  const leases = join(site.node.directory, 'udhcpd.leases');
  const lines = [
    `start 10.99.0.${from}`,
    `end 10.99.0.${to}`,
    'interface lan0',
    `lease_file ${leases}`,
    'pidfile /run/udhcpd.pid',
    'min_lease 1',
    'option subnet 255.255.255.0',
    'option router 10.99.0.1',
    `option lease ${leaseSeconds}`,
  ];
  writeFileSync(conf, `${lines.join('\n')}\n`);
  writeFileSync(leases, '');
  const server = site.start(['busybox', 'udhcpd', '-f', '-a', '50', conf]);
  await eventually('the DHCP server', 10_000, async () => server.said().includes('started') || undefined);
  return server;
}

export interface Attachment {
  readonly name: string;
  readonly container: string;
  readonly address: string;
  /** What its runtime remembers of it. */
  readonly cacheFile: string;
}

/** A cable into a namespace of its own, an address by the plugin, and the runtime's memory of both. */
export async function attach(site: DhcpSite, name: string): Promise<Attachment> {
  const container = `container-${name}`;
  const netns = `/var/run/netns/${name}`;
  await site.shell(`
    ip netns add ${name}
    ip link add ${name} type veth peer name net1 netns ${name}
    ip link set ${name} master lan0 up
    ip -n ${name} link set net1 up`);
  const config = { cniVersion: '1.0.0', name: 'lan', type: 'macvlan', ipam: { type: 'dhcp' } };
  const answer = await site.shell(
    `echo '${JSON.stringify(config)}' | CNI_COMMAND=ADD CNI_CONTAINERID=${container} CNI_NETNS=${netns} CNI_IFNAME=net1 CNI_PATH=${site.node.binDir} ${site.node.binDir}/dhcp`,
  );
  const { ips } = JSON.parse(answer) as { ips: { address: string }[] };
  const network = ips[0]?.address ?? '';
  await site.shell(`ip -n ${name} addr add ${network} dev net1`);
  const result = {
    cniVersion: '1.0.0',
    interfaces: [{ name: 'net1', sandbox: netns }],
    ips: [{ address: network, interface: 0 }],
  };
  const cacheFile = join(site.cacheDir, `multus/results/lan-${container}-net1`);
  const cached = {
    kind: 'cniCacheV1',
    containerId: container,
    config: Buffer.from(JSON.stringify(config)).toString('base64'),
    ifName: 'net1',
    networkName: 'lan',
    cniArgs: [
      ['K8S_POD_NAMESPACE', 'default'],
      ['K8S_POD_NAME', name],
    ],
    result,
  };
  writeFileSync(cacheFile, JSON.stringify(cached));
  return { name, container, address: network.split('/')[0] ?? '', cacheFile };
}

/** Undefined where a network of a test's own can be made. */
export function missingForDhcp(): string | undefined {
  const probe = spawnSync('unshare', ['--net', 'ip', 'link', 'add', 'probe', 'type', 'bridge'], {
    stdio: 'ignore',
  });
  return probe.status === 0 ? undefined : 'the permission to make bridges in a network namespace';
}

export interface Keeping extends RunningInstaller, Heard {
  /** Status and text. */
  readonly ask: (path: string) => Promise<{ readonly status: number; readonly text: string }>;
  readonly metric: (series: string) => Promise<number | undefined>;
  readonly ready: () => Promise<true>;
  /** How it has ended, once it has. */
  readonly end: () => Promise<Run>;
}

/** The verb, at the site. */
export function keepDaemon(
  site: DhcpSite,
  args: readonly string[] = [],
  around: (words: readonly string[]) => readonly string[] = (words) => words,
): Keeping {
  const words = ['dhcp', '--socket', site.socket, '--cni-cache-dir', site.cacheDir, '--host-proc', '/proc'];
  const running = startInstaller(site.node, [...words, ...args], {
    within: around(site.within),
  });
  const ask = async (path: string) => {
    const answer = await site.shell(
      `curl --silent --show-error --write-out '%{http_code}' http://127.0.0.1:19918${path}`,
    );
    return { status: Number(answer.slice(-3)), text: answer.slice(0, -3) };
  };
  return {
    ...running,
    ...heardOf(running.process),
    ask,
    metric: async (series) => valueOf(series, (await ask('/metrics')).text),
    end: async () => {
      await eventually('the end of the verb', 60_000, async () => running.process.exitCode ?? undefined);
      return running.ended;
    },
    ready: () =>
      eventually('the daemon, with its leases', 60_000, async () => {
        if (running.process.exitCode !== null) throw new Error((await running.ended).stderr);
        const answer = await ask('/readyz').catch(() => undefined);
        return answer?.status === 200 || undefined;
      }),
  };
}
