// The installer as a pod's init container: a node that can run it, its container, and its report.

import {
  type ContainerSpec,
  ended,
  type EndedContainer,
  type HostPathMount,
  type PodSpec,
  type Sandbox,
} from '../../throwaway-node/cri.ts';
import { busyboxImage, type Image, installerImage, installerReference } from '../../throwaway-node/images.ts';
import { bootNode, type NodeOptions, type ThrowawayNode } from '../../throwaway-node/node.ts';
import { deliverArchive, deliveredDir, type PluginsArchive, pluginsArchive } from './plugins-archive.ts';

export const current = 'v1.9.1';

export const binDir: HostPathMount = { hostPath: '/opt/cni/bin', containerPath: '/host/opt/cni/bin' };
export const hostProc: HostPathMount = { hostPath: '/proc', containerPath: '/host/proc', readonly: true };
export const archives: HostPathMount = { hostPath: deliveredDir, containerPath: '/archives', readonly: true };

/** What the report in the termination message has, as far as tests ask for it. */
export interface Report {
  readonly summary: string;
  readonly outcome: string;
  readonly version: string | null;
  readonly plugins: Readonly<Record<'placed' | 'intact' | 'kept' | 'failed', readonly string[]>>;
  readonly mounts?: { readonly mode: string; readonly changed: readonly string[]; readonly shared: boolean };
  readonly error?: { readonly code: string; readonly exitStatus: number; readonly message: string };
  readonly warnings?: readonly string[];
}

export interface InstallerRun extends EndedContainer {
  readonly report: Report;
}

let images: Promise<readonly Image[]> | undefined;

/** Made once: what goes into them is read and hashed each time otherwise. */
function imagesOnNode(): Promise<readonly Image[]> {
  images ??= Promise.all([busyboxImage(), installerImage()]);
  return images;
}

/** A node with busybox, our image, and the current archive; the caller stops it, or says `await using`. */
export async function bootInstallerNode(options: Omit<NodeOptions, 'images'> = {}): Promise<ThrowawayNode> {
  const archive = pluginsArchive(current);
  const node = await bootNode({ ...options, images: await imagesOnNode() });
  try {
    await deliverArchive(node, archive);
    return node;
  } catch (error) {
    await node.stop();
    throw error;
  }
}

/**
 * The simple layout's container: privileged, with the bin dir, the host's procfs and the delivered archive. What the
 * spec has takes the place of that; environment variables are added.
 */
export function installer(spec: ContainerSpec = {}, archive = pluginsArchive(current)): ContainerSpec {
  return {
    name: 'install-cni-plugins',
    image: installerReference,
    privileged: true,
    mounts: [binDir, hostProc, archives],
    ...spec,
    env: { ...wishFor(archive), CNI_PLUGINS_ARCHIVE: archives.containerPath, ...spec.env },
  };
}

/** The environment that asks for this release, and for these very bytes of it. */
export function wishFor({ version, sha256 }: PluginsArchive): Record<string, string> {
  return { CNI_PLUGINS_VERSION: version, CNI_PLUGINS_SHA256: sha256 };
}

/** The hardened layout's first container: the only one with capabilities, and nothing of the plugins. */
export function sharer(spec: ContainerSpec = {}): ContainerSpec {
  return {
    name: 'share-mounts',
    image: installerReference,
    args: ['share-mounts'],
    ...threeCapabilities,
    mounts: [hostProc],
    ...spec,
  };
}

/** What entering the host's mount namespace takes. */
export const capabilities = ['SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'] as const;

export const threeCapabilities = {
  privileged: false,
  dropAllCapabilities: true,
  addCapabilities: capabilities,
  seccomp: 'RuntimeDefault',
} as const;

/** Runs it in a pod that is there already. Rejects where the runtime refuses the container. */
export async function runIn(
  sandbox: Sandbox,
  node: ThrowawayNode,
  spec: ContainerSpec,
): Promise<InstallerRun> {
  const end = ended(await node.cri.runToEnd(sandbox, spec, 60_000));
  if (end.terminationMessage === undefined) throw new Error(`the installer left no report:\n${end.stderr}`);
  return { ...end, report: JSON.parse(end.terminationMessage) as Report };
}

/** Runs it as the one container of a new pod, which stays. */
export async function runInstaller(
  node: ThrowawayNode,
  spec: ContainerSpec = installer(),
  pod: PodSpec = { name: 'installer', hostNetwork: true },
): Promise<InstallerRun> {
  return runIn(await node.cri.runSandbox(pod), node, spec);
}
