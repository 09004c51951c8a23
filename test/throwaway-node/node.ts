// A throw-away Kubernetes node: a real container runtime in its own namespaces, with its own root, one per test.

import { type ChildProcess, spawn, type SpawnOptions as ProcessOptions } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';
import { type Containerd, containerdIn, importImage } from './containerd.ts';
import type { Cri } from './cri.ts';
import { eventually } from './eventually.ts';
import { busyboxImage, type Image, pauseImage } from './images.ts';
import { type MountInfo, mountHolding, mountsOf } from './mountinfo.ts';
import { awaitRuntime, runtimePid } from './runtime.ts';
import { type NodeProcesses, spawnNode } from './spawn-node.ts';
import { imageTemplate } from './template.ts';

export interface NodeOptions {
  /** Of the node's root mount. Default: `private`, the kernel's own default. */
  readonly propagation?: 'private' | 'shared' | 'slave';
  /** Default: busybox. The pause image is there anyway. */
  readonly images?: readonly Image[];
  /** A directory of this machine with another containerd than its own, the shim and ctr beside it. */
  readonly containerd?: string;
  /** Default: `containerd`. Another one ends in it: `unshare --mount --propagation slave containerd`. */
  readonly runtimeCommand?: readonly string[];
  /** `veth`: also an `eth0`, whose cable ends in the node's own `uplink`, and so nowhere. Default: `veth`. */
  readonly network?: 'veth' | 'loopback';
  /** eth0's. Default: `172.31.255.2/24`. */
  readonly address?: string;
  /** Directories of this machine that the node sees, read-only, by their path on the node. Default: none. */
  readonly binds?: Readonly<Record<string, string>>;
  /** A disk of makeDisk's, which outlives the node: the next one on it finds what this one left. Default: none. */
  readonly disk?: string;
  /** Shell commands that run on the furnished node just before its init. A failing one fails the boot. */
  readonly preinit?: string;
  /** For the node's init, and so for the runtime. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Namespace = 'mount' | 'pid' | 'net' | 'uts' | 'ipc' | 'cgroup';

export interface CniConfig {
  readonly name: string;
  readonly cniVersion: string;
  readonly plugins: readonly Readonly<Record<string, unknown>>[];
}

const allNamespaces: readonly Namespace[] = ['mount', 'pid', 'net', 'uts', 'ipc', 'cgroup'];

/** Takes about a second; the first time for a set of images some more. The caller stops it, or says `await using`. */
export async function bootNode(options: NodeOptions = {}): Promise<ThrowawayNode> {
  const images = [await pauseImage(), ...(options.images ?? [await busyboxImage()])];
  const templateImages = new Set(images.map((image) => image.base ?? image));
  const containerd = await containerdIn(options.containerd);
  const processes = await spawnNode({
    propagation: options.propagation ?? 'private',
    network: options.network ?? 'veth',
    address: options.address ?? '172.31.255.2/24',
    binds: options.binds ?? {},
    runtimeCommand: options.runtimeCommand ?? ['containerd'],
    containerd,
    template: await imageTemplate([...templateImages], containerd),
    disk: options.disk ?? '',
    preinit: options.preinit ?? '',
    env: options.env ?? {},
  });
  try {
    const root = `/proc/${processes.pid}/root`;
    const cri = await awaitRuntime(root);
    const node = new ThrowawayNode(processes, cri, { containerd, pid: await runtimePid(processes.pid) });
    for (const image of images) if (image.base !== undefined) await node.importImage(image);
    return node;
  } catch (error) {
    const log = processes.log().slice(-2000);
    await processes.stop();
    throw new Error(`the throw-away node did not come up; its log ends with\n${log}`, { cause: error });
  }
}

interface Runtime {
  readonly containerd: Containerd;
  /** As seen from here. */
  readonly pid: number;
}

export class ThrowawayNode implements AsyncDisposable {
  /** Of the node's PID 1, as seen from here. */
  readonly pid: number;
  /** containerd's, as seen from here. */
  readonly runtimePid: number;
  /** The node's root directory as seen from here. */
  readonly root: string;
  /** The node's /opt/cni/bin as seen from here. */
  readonly binDir: string;
  readonly cri: Cri;
  readonly #containerd: Containerd;
  readonly #processes: NodeProcesses;

  constructor(processes: NodeProcesses, cri: Cri, runtime: Runtime) {
    this.pid = processes.pid;
    this.runtimePid = runtime.pid;
    this.#containerd = runtime.containerd;
    this.root = `/proc/${processes.pid}/root`;
    this.binDir = join(this.root, 'opt/cni/bin');
    this.cri = cri;
    this.#processes = processes;
  }

  /** Runs a shell command on the host. Resolves to its stdout; rejects, with its stderr, unless it exits 0. */
  async host(command: string): Promise<string> {
    return run('nsenter', this.#nsenterArguments(allNamespaces, ['sh', '-c', command]));
  }

  /**
   * Starts a program in some of the node's namespaces: with just `net` it sees this machine's files, but serves on the
   * node's loopback. What isn't started in the node's pid namespace survives the node, and is the caller's to end.
   */
  spawn(
    namespaces: readonly Namespace[],
    command: readonly string[],
    options: ProcessOptions = {},
  ): ChildProcess {
    return spawn('nsenter', this.#nsenterArguments(namespaces, command), options);
  }

  /** The mount that holds this path, in the mount namespace of the node's PID 1 or another process seen from here. */
  async mountinfo(path: string, pid = this.pid): Promise<MountInfo> {
    return mountHolding(path, pid);
  }

  /** Every mount there, in the mount namespace of the node's PID 1 or another process seen from here. */
  async mounts(pid = this.pid): Promise<readonly MountInfo[]> {
    return mountsOf(pid);
  }

  /** Resolves when the runtime has loaded the file; it then is the configuration of every new pod. */
  async writeCniConfig(config: CniConfig): Promise<void> {
    await writeFile(join(this.root, 'etc/cni/net.d/10-test.conflist'), JSON.stringify(config));
    const loaded = JSON.stringify(JSON.stringify(config));
    await eventually('the CNI configuration in the runtime', 5000, async () =>
      (await this.cri.loadedCniConfig()).includes(loaded) ? true : undefined,
    );
  }

  /** Adds an image to the running node. */
  async importImage(image: Image): Promise<void> {
    await importImage(this.root, image, this.#containerd);
    // CRI hears of it by an event, after ctr is done.
    await eventually(`${image.reference} in the runtime`, 5000, async () =>
      (await this.cri.imageReferences()).includes(image.reference) ? true : undefined,
    );
  }

  /** What the boot scripts and containerd have written so far. */
  log(): string {
    return this.#processes.log();
  }

  /** Resolves when nothing is left of the node: no process, cgroup or directory. May be called again. */
  async stop(): Promise<void> {
    this.cri.close();
    await this.#processes.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #nsenterArguments(namespaces: readonly Namespace[], command: readonly string[]): string[] {
    return [`--target=${this.pid}`, ...namespaces.map((namespace) => `--${namespace}`), '--', ...command];
  }
}
