// Does with a pod's spec what the kubelet would: its init containers in order, then those that stay, by the real runtime.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installerReference } from '../throwaway-node/images.ts';
import {
  type Container as RunningContainer,
  type ContainerSpec,
  type EndedContainer,
  type HostPathMount,
  type ImageMount,
  RuntimeRefusal,
  type Sandbox,
} from '../throwaway-node/cri.ts';
import { defaultImage } from '../throwaway-node/container-spec.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { type Container, environmentOf, type Objects, type PodSpec, type Volume } from './objects.ts';

/** What a site adds to the container that installs: a test node has no network, and archives of its own. */
export interface Site {
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly HostPathMount[];
  /** Reference of the image that stands for ours. Default: the plain one. */
  readonly image?: string;
}

/** On the node, where the volumes that claims are bound to lie, by the claim's name. */
export const claimsDir = '/var/lib/claims';

export interface PodRun {
  readonly sandbox: Sandbox;
  /** In their order; after the first that failed, none was started. */
  readonly init: readonly { readonly name: string; readonly end: EndedContainer | RuntimeRefusal }[];
  /** Those that stay, running; a refusal is the runtime's for the first that it would not create. */
  readonly staying: readonly RunningContainer[] | RuntimeRefusal;
}

/** What a volume is: a directory or file on the host, or the content of an image, by its reference. */
type Source = { readonly hostPath: string } | { readonly image: string };

type Sources = ReadonlyMap<string, Source>;

/** In place of Multus' own programs: the first copies a file, as Multus' does, the second only stays. */
const standIns: Readonly<Record<string, readonly string[]>> = {
  'install-multus-binary': [
    'sh',
    '-c',
    'cp /bin/busybox /host/opt/cni/bin/_multus && mv /host/opt/cni/bin/_multus /host/opt/cni/bin/multus',
  ],
  'kube-multus': ['sleep', '1000'],
};

export class MiniKubelet {
  readonly #node: ThrowawayNode;
  readonly #site: Site;

  constructor(node: ThrowawayNode, site: Site) {
    this.#node = node;
    this.#site = site;
  }

  /** @param objects where the pod's ConfigMaps are looked up */
  async run(pod: PodSpec, objects: Objects): Promise<PodRun> {
    const sandbox = await this.#node.cri.runSandbox({
      name: 'kube-multus-ds',
      hostNetwork: pod.hostNetwork ?? false,
      hostPid: pod.hostPID ?? false,
      sharedPid: pod.shareProcessNamespace ?? false,
    });
    const sources = await this.#sourcesOf(pod.volumes ?? [], objects);
    const init: PodRun['init'][number][] = [];
    for (const container of pod.initContainers ?? []) {
      const end = await this.#node.cri.runToEnd(sandbox, this.#specOf(container, sources), 100_000);
      init.push({ name: container.name, end });
      if (end instanceof RuntimeRefusal || end.exitCode !== 0) return { sandbox, init, staying: [] };
    }
    return { sandbox, init, staying: await this.#stay(sandbox, pod.containers, sources) };
  }

  async #stay(
    sandbox: Sandbox,
    containers: readonly Container[],
    sources: Sources,
  ): Promise<PodRun['staying']> {
    const running: RunningContainer[] = [];
    try {
      for (const container of containers) {
        running.push(await this.#node.cri.run(sandbox, this.#specOf(container, sources)));
      }
      return running;
    } catch (error) {
      if (error instanceof RuntimeRefusal) return error;
      throw error;
    }
  }

  /**
   * All but the memory limit: a throw-away node's disk is its memory, so the plugins themselves would count against it.
   * test/image/limits.test.ts proves the limit on a real disk.
   */
  #specOf(container: Container, sources: Sources): ContainerSpec {
    const { name, securityContext = {}, volumeMounts = [] } = container;
    const site = name === 'install-cni-plugins' ? this.#site : { env: {}, mounts: [] };
    const { mounts, imageMounts } = mountsOf(container, sources);
    const taken = new Set(volumeMounts.map(({ mountPath }) => mountPath));
    return {
      name,
      ...this.#programOf(container),
      env: { ...site.env, ...environmentOf(container) },
      mounts: [...mounts, ...site.mounts.filter(({ containerPath }) => !taken.has(containerPath))],
      imageMounts,
      privileged: securityContext.privileged ?? false,
      dropAllCapabilities: securityContext.capabilities?.drop?.includes('ALL') ?? false,
      addCapabilities: securityContext.capabilities?.add ?? [],
      seccomp: securityContext.seccompProfile?.type === 'RuntimeDefault' ? 'RuntimeDefault' : 'Unconfined',
      readonlyRootfs: securityContext.readOnlyRootFilesystem ?? false,
      noNewPrivs: securityContext.allowPrivilegeEscalation === false,
      ...(securityContext.runAsUser === undefined ? {} : { uid: securityContext.runAsUser }),
    };
  }

  async #sourcesOf(volumes: readonly Volume[], objects: Objects): Promise<Sources> {
    const sources = new Map<string, Source>();
    for (const volume of volumes) sources.set(volume.name, await this.#sourceOf(volume, objects));
    return sources;
  }

  async #sourceOf(
    { name, hostPath, configMap, persistentVolumeClaim, image }: Volume,
    objects: Objects,
  ): Promise<Source> {
    if (image !== undefined) return { image: image.reference };
    if (hostPath?.type !== undefined) await this.#checkType(hostPath.path, hostPath.type);
    if (hostPath !== undefined) return { hostPath: hostPath.path };
    if (persistentVolumeClaim !== undefined)
      return { hostPath: join(claimsDir, persistentVolumeClaim.claimName) };
    const directory = `/var/lib/kubelet/pods/volumes/${name}`;
    const found = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMap?.name,
    );
    await mkdir(join(this.#node.root, directory), { recursive: true });
    for (const [key, text] of Object.entries(found?.data ?? fail(`no such volume on a test node: ${name}`))) {
      await writeFile(join(this.#node.root, directory, key), text);
    }
    return { hostPath: directory };
  }

  /** The kubelet refuses the pod where the path is not of the type that the volume names. */
  async #checkType(path: string, type: string): Promise<void> {
    if (type === 'DirectoryOrCreate') await mkdir(join(this.#node.root, path), { recursive: true });
    const flag = type === 'File' ? '-f' : '-d';
    await this.#node.host(`test ${flag} ${path}`);
  }

  #programOf({ name, image, command, args }: Container): Partial<ContainerSpec> {
    const standIn = standIns[name];
    if (standIn !== undefined) return { image: defaultImage, command: standIn };
    if (!image.includes('cni-plugins-installer')) fail(`no test image for ${image}`);
    return {
      image: this.#site.image ?? installerReference,
      ...(command && { command }),
      ...(args && { args }),
    };
  }
}

function mountsOf(
  { name, volumeMounts = [] }: Container,
  sources: Sources,
): Required<Pick<ContainerSpec, 'mounts' | 'imageMounts'>> {
  const mounts: HostPathMount[] = [];
  const imageMounts: ImageMount[] = [];
  for (const { name: volume, mountPath, readOnly = false, mountPropagation = 'None' } of volumeMounts) {
    const source = sources.get(volume) ?? fail(`${name} mounts a volume that the pod has not: ${volume}`);
    const place = { containerPath: mountPath };
    if ('image' in source) imageMounts.push({ ...place, ...source });
    else mounts.push({ ...place, ...source, readonly: readOnly, propagation: mountPropagation });
  }
  return { mounts, imageMounts };
}

function fail(message: string): never {
  throw new Error(message);
}
