// What is known of a node, read once: the one value that every check decides from. Types only.

import type { ClusterObjects } from '../cluster/objects.ts';
import type { Finding } from '../failure/finding.ts';
import type { Arch } from '../lib/architecture.ts';
import type { Mount } from '../lib/linux/mountinfo.ts';
import type { Sharing } from '../node/mounts/mounts.ts';
import type { DhcpRecord } from './host/dhcp-record.ts';
import type { CniConf } from './cni-conf.ts';
import type { PluginSight } from './plugin-sight.ts';
import type { Seen } from './seen.ts';
import type { PluginStatus } from './status-sight.ts';
import type { PluginWish } from './wanted.ts';

export interface NodeFacts {
  /** As the cluster calls it; undefined where nobody said. */
  readonly node: string | undefined;
  readonly arch: Arch;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  readonly own: OwnFacts;
  readonly binDir: BinDirFacts;
  /** Each plugin that somebody wants here, and what stands under its name. */
  readonly plugins: readonly WantedPlugin[];
  /** What they say when asked; undefined where nobody wanted them asked. */
  readonly status: Seen<readonly PluginStatus[]> | undefined;
  /** `v4.3.0`, as the shim of thick Multus says of itself. */
  readonly shimVersion: Seen<string>;
  readonly record: Seen<RecordFacts>;
  /** Installers that change this node now or wait to, by what they say of themselves. */
  readonly installersAtWork: Seen<readonly string[]>;
  readonly conf: Seen<ConfDirFacts>;
  readonly host: Seen<HostFacts>;
  readonly sharing: Seen<Sharing>;
  /** NADs, pods and more, where they were given. */
  readonly cluster: Seen<ClusterObjects>;
  /** What a pasted text speaks of. */
  readonly asked: Asked;
}

/** Things of this node that an error text names. */
export interface Asked {
  readonly plugins: readonly string[];
  readonly interfaces: readonly string[];
  /** Paths that a container asked to share. */
  readonly paths: readonly string[];
  /** Somebody could not get an inotify instance. */
  readonly inotify: boolean;
}

/** This process itself. */
export interface OwnFacts {
  readonly capabilities: Seen<bigint>;
  /** The security context that a Linux security module gave us: an SELinux context or an AppArmor profile. */
  readonly confinement: Seen<string>;
  readonly selinuxEnforces: Seen<boolean>;
  /** `https://host:port` of the API server as pods are told; undefined outside a pod. */
  readonly apiServer: string | undefined;
}

export interface BinDirFacts {
  /** As we see it. */
  readonly path: string;
  /** As the host calls it. */
  readonly hostPath: Seen<string>;
  readonly stands: Seen<Standing>;
  /** On the host, of the mount that holds it. */
  readonly hostMount: Seen<Mount>;
  readonly ownMount: Seen<Mount>;
  readonly room: Seen<Room>;
  readonly names: Seen<readonly string[]>;
}

export type Standing =
  | { readonly kind: 'absent' }
  | { readonly kind: 'other' }
  | { readonly kind: 'directory'; readonly links: number; readonly uid: number };

export interface Room {
  readonly freeBytes: number;
  readonly freeInodes: number;
}

export interface WantedPlugin extends PluginWish {
  readonly sight: Seen<PluginSight>;
}

/** What our own record says, and what its audit found. */
export interface RecordFacts {
  /** Undefined where nothing of ours is recorded. */
  readonly release: string | undefined;
  /** By name: bytes, and the permission bits that it was given. */
  readonly plugins: ReadonlyMap<string, { readonly size: number; readonly mode: number }>;
  /** Names of those that others placed and that were to stay: no fault of the set. */
  readonly kept: ReadonlySet<string>;
  readonly findings: readonly Finding[];
  /** A second copy of the store was given, and looked at. */
  readonly hasSpareStore: boolean;
  /** Why the record is not ours to read: a newer installer wrote it. */
  readonly newer: string | undefined;
}

export interface ConfDirFacts {
  readonly path: string;
  /** In the order in which a runtime takes them: the first is the one that counts. */
  readonly files: readonly CniConf[];
  /** Undefined where no configuration names one. */
  readonly kubeconfig: Seen<KubeconfigFacts> | undefined;
}

/** Nothing secret: who is asked, and until when. */
export interface KubeconfigFacts {
  readonly path: string;
  readonly there: boolean;
  readonly server: string | undefined;
  /** Milliseconds since the epoch; undefined where no token with an expiry was found. */
  readonly tokenEndsMs: number | undefined;
}

export interface HostFacts {
  readonly procPath: string;
  /** PID 1 is to be seen there. */
  readonly showsInit: boolean;
  readonly kernel: KernelFacts;
  /** The control group of PID 1. */
  readonly initCgroup: Seen<string>;
  readonly processes: readonly HostProcess[];
  readonly runtime: Seen<RuntimeFacts>;
  readonly network: HostNetwork;
  readonly files: HostFiles;
}

export interface HostProcess {
  readonly pid: number;
  readonly name: string;
  readonly args: readonly string[];
  /** Clock ticks after the boot. */
  readonly startTicks: number;
}

export interface RuntimeFacts {
  readonly name: 'containerd' | 'cri-o';
  readonly pid: number;
  /** Its own mount namespace is another than PID 1's; as far as that can be told. */
  readonly apart: Seen<boolean>;
  readonly binDirs: Seen<readonly string[]>;
  /** It brings up `lo` by a plugin, not by itself. */
  readonly wantsLoopback: Seen<boolean>;
  /** `1.3.0`, as its program says of what it is built with. */
  readonly libcni: Seen<string>;
  /** `1.7.24`, by its program. */
  readonly version: Seen<string>;
}

export interface KernelFacts {
  readonly release: Seen<string>;
  /** Names in `modules`. */
  readonly modules: Seen<ReadonlySet<string>>;
  /** Those of the symbols that were looked for. */
  readonly symbols: Seen<ReadonlySet<string>>;
  /** `CONFIG_X` → `y`, `m`; what is not set is not in it. */
  readonly config: Seen<ReadonlyMap<string, string>>;
  readonly inotifyInstances: Seen<number>;
  readonly inotifyWatches: Seen<number>;
}

export interface HostNetwork {
  readonly interfaces: Seen<readonly string[]>;
  /** Its own, IPv4. */
  readonly addresses: Seen<readonly string[]>;
  /** Networks that an interface is in itself. */
  readonly connected: Seen<readonly ConnectedNetwork[]>;
  readonly forwards: Seen<boolean>;
  /** `net.bridge.bridge-nf-call-iptables`, where our network namespace is the host's. */
  readonly bridgeCallsIptables: Seen<boolean>;
  /** Paths on which somebody listens. */
  readonly listening: Seen<readonly string[]>;
}

export interface ConnectedNetwork {
  readonly interfaceName: string;
  /** `10.244.1.0/24`. */
  readonly subnet: string;
}

/** What lies in the host's own root directory, which takes SYS_PTRACE to look into. */
export interface HostFiles {
  readonly osRelease: Seen<ReadonlyMap<string, string>>;
  readonly dhcpSocket: Seen<boolean>;
  /** By path of the host: a file that a configuration names is there. */
  readonly there: ReadonlyMap<string, Seen<boolean>>;
  /** By name of a network: addresses that host-local has given out. */
  readonly leases: Seen<ReadonlyMap<string, number>>;
  /** Attachments that got their address by DHCP and whose network namespace is there: when each was made. */
  readonly dhcpAttachments: Seen<readonly DhcpAttachment[]>;
  /** What our verb `dhcp` says of its daemon; undefined where it keeps none. */
  readonly dhcpRecord: Seen<DhcpRecord | undefined>;
  /** Per DHCP daemon: whether it sees the pods' network namespaces. */
  readonly daemonsSeeNetns: ReadonlyMap<number, Seen<boolean>>;
  /** Milliseconds since the epoch. */
  readonly bootMs: Seen<number>;
}

export interface DhcpAttachment {
  readonly container: string;
  readonly interfaceName: string;
  /** `namespace/name`; undefined where the runtime did not say. */
  readonly pod: string | undefined;
  readonly madeMs: number;
}
