// Reads a node once, for every check: by thin readers, each of which says what it could not see, and why.

import { readFileSync } from 'node:fs';
import type { ClusterObjects } from '../cluster/objects.ts';
import { textIn } from '../cluster/json-value.ts';
import type { Arch } from '../lib/architecture.ts';
import type { Sharing } from '../node/mounts/mounts.ts';
import type { RunOnHost } from '../node/plugins/proof.ts';
import { seeBinDir, seeHostMounts } from './bin-dir-sight.ts';
import { type CniConf, delegatesOf, multusSettings } from './cni-conf.ts';
import { seeConfDir } from './conf-dir.ts';
import { isOnHost, seeHostFiles } from './host/host-files.ts';
import { seeHostNetwork } from './host/host-network.ts';
import { seeKernel, type KernelPart } from './host/kernel.ts';
import type { Asked, HostFacts, NodeFacts, RecordFacts, WantedPlugin } from './node-facts.ts';
import { seeOwn } from './own.ts';
import { seePlugin, seeShimVersion } from './plugin-sight.ts';
import { isDhcpDaemon, seeProcesses } from './host/processes.ts';
import { seeRuntime } from './host/runtime.ts';
import { lookAt, orElse, type Seen, seenAs, thenSeen, unseen } from './seen.ts';
import { statusRequests } from './status-requests.ts';
import { seeStatus, type PluginStatus } from './status-sight.ts';
import { wantedPlugins } from './wanted.ts';

export interface NodeReading {
  readonly node: string | undefined;
  readonly arch: Arch;
  readonly nowMs: number;
  readonly apiServer: string | undefined;
  readonly places: SightPlaces;
  /** What plugins that are dynamically linked are proved by, and any is asked for its STATUS by. */
  readonly runOnHost: RunOnHost;
  /** Parts of the kernel that are asked for. */
  readonly kernelParts: readonly KernelPart[];
  readonly record: Seen<RecordFacts>;
  readonly installersAtWork: Seen<readonly string[]>;
  readonly sharing: Seen<Sharing>;
  readonly cluster: Seen<ClusterObjects>;
  readonly asked: Asked;
  /** Plugins are to be asked for their STATUS. */
  readonly active: boolean;
}

/** Absolute paths, as this process sees them. */
export interface SightPlaces {
  readonly binDir: string;
  readonly confDir: string;
  /** A procfs that shows the host. */
  readonly hostProc: string;
  /** Our own. */
  readonly procPath: string;
  readonly sysPath: string;
}

/** Writes nothing, asks no network; starts the plugins that are wanted, and nothing else. */
export async function readNode(reading: NodeReading, signal: AbortSignal): Promise<NodeFacts> {
  const { node, arch, nowMs, apiServer, places, runOnHost, record, sharing, cluster, asked } = reading;
  const conf = seeConfDir(places.confDir);
  const confs = conf.seen ? conf.value.files : [];
  const host = await seeHost(reading, confs);
  const wantsLoopback = thenSeen(host, ({ runtime }) => thenSeen(runtime, (found) => found.wantsLoopback));
  const wanted = wantedPlugins({
    recorded: record.seen ? record.value.plugins.keys() : [],
    confs,
    cluster: cluster.seen ? cluster.value : undefined,
    runtimeWantsLoopback: orElse(wantsLoopback, false),
    asked: asked.plugins,
  });
  const seer = {
    binDir: places.binDir,
    arch,
    signal,
    runOnHost,
    isOnHost: (path: string) => isOnHost(places.hostProc, path),
  };
  const plugins: WantedPlugin[] = [];
  for (const one of wanted) plugins.push({ ...one, sight: await seePlugin(one.name, seer) });
  const binDir = seeBinDir(places.binDir, seeHostMounts(places.hostProc), places.procPath);
  const hasShim = plugins.some(
    ({ name, sight }) => name === 'multus-shim' && sight.seen && sight.value.kind === 'file',
  );
  return {
    node,
    arch,
    nowMs,
    own: seeOwn(places, apiServer),
    binDir,
    plugins,
    status: await pluginStatuses(reading, { confs, plugins, hostPath: binDir.hostPath }, signal),
    shimVersion: hasShim ? await seeShimVersion(seer) : unseen('the node has no shim of thick Multus'),
    record,
    installersAtWork: reading.installersAtWork,
    conf,
    host,
    sharing,
    cluster,
    asked,
  };
}

interface Askable {
  readonly confs: readonly CniConf[];
  readonly plugins: readonly WantedPlugin[];
  readonly hostPath: Seen<string>;
}

async function pluginStatuses(
  { active, runOnHost, cluster, places }: NodeReading,
  { confs, plugins, hostPath }: Askable,
  signal: AbortSignal,
): Promise<Seen<readonly PluginStatus[]> | undefined> {
  if (!active) return undefined;
  const requests = statusRequests(confs, cluster.seen ? cluster.value : undefined);
  return seeStatus(requests, plugins, { binDir: places.binDir, hostPath, signal, runOnHost });
}

async function seeHost(reading: NodeReading, confs: readonly CniConf[]): Promise<Seen<HostFacts>> {
  const procPath = reading.places.hostProc;
  const processes = seeProcesses(procPath);
  const self = lookAt(`${procPath}/self`, () => readFileSync(`${procPath}/self/stat`));
  if (!self.seen) return self;
  const there = orElse(processes, []);
  return seenAs({
    procPath,
    showsInit: lookAt(procPath, () => readFileSync(`${procPath}/1/net/dev`)).seen,
    kernel: seeKernel(procPath, reading.kernelParts),
    initCgroup: lookAt(`${procPath}/1/cgroup`, () => readFileSync(`${procPath}/1/cgroup`, 'utf8')),
    processes: there,
    runtime: await seeRuntime(procPath, there, isApart(reading.sharing)),
    network: seeHostNetwork(procPath),
    files: await seeHostFiles(procPath, there.filter(isDhcpDaemon), {
      paths: namedFiles(confs),
      networks: networkNames(confs, reading.cluster),
    }),
  });
}

/** Both were looked at where they differ; where the runtime was not found, nobody knows. */
function isApart(sharing: Seen<Sharing>): Seen<boolean> {
  return thenSeen(sharing, ({ mounts }) => {
    const targets = new Set(mounts.map(({ target }) => target));
    return targets.has('runtime')
      ? seenAs(targets.has('pid 1'))
      : unseen('the runtime is not among the ancestors of this process');
  });
}

/** Files that Multus' settings name by their path on the host. */
function namedFiles(confs: readonly CniConf[]): string[] {
  const settings = confs.map((conf) => multusSettings(conf) ?? {});
  const named = settings.flatMap((one) => [
    textIn(one, 'readinessindicatorfile') ?? '',
    textIn(one, 'clusterNetwork') ?? '',
  ]);
  return named.filter((path) => path.startsWith('/'));
}

function networkNames(confs: readonly CniConf[], cluster: Seen<ClusterObjects>): string[] {
  const attachments = cluster.seen ? cluster.value.attachments : [];
  const networks = [
    ...confs.flatMap((conf) => (conf.usable ? [conf.network, ...delegatesOf(conf)] : [])),
    ...attachments.flatMap(({ config }) => (config.kind === 'network' ? [config.network] : [])),
  ];
  const names = networks.flatMap(({ name }) => name ?? []);
  // They become a part of a path.
  return [...new Set(names)].filter((name) => /^[\w.-]+$/.test(name) && !name.startsWith('.'));
}
