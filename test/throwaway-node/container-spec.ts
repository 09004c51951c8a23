// Pods and containers as the tests describe them, and what the kubelet would make of them for the runtime.

import type { ContainerConfig, CriMount, NamespaceOptions, SandboxConfig } from './cri-messages.ts';

export interface PodSpec {
  readonly name: string;
  readonly hostNetwork?: boolean;
  readonly hostPid?: boolean;
  /** The pod's containers are in the sandbox's namespace, whose PID 1 is the pause container. */
  readonly sharedPid?: boolean;
}

export interface ContainerSpec {
  /** Default: `container`. May be used again in the same pod, as by a container that restarts. */
  readonly name?: string;
  /** A reference. Default: the busybox image's. */
  readonly image?: string;
  /** Instead of the image's ENTRYPOINT. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly mounts?: readonly HostPathMount[];
  readonly imageMounts?: readonly ImageMount[];
  readonly privileged?: boolean;
  /** Without the prefix CAP_: `SYS_ADMIN`. */
  readonly addCapabilities?: readonly string[];
  readonly dropAllCapabilities?: boolean;
  /** Default: `RuntimeDefault`; a privileged container is always unconfined. */
  readonly seccomp?: 'RuntimeDefault' | 'Unconfined';
  /** Default: nothing is said, which a runtime that confines takes for `RuntimeDefault`. */
  readonly appArmor?: 'RuntimeDefault' | 'Unconfined';
  /** Default: the type that the runtime has for containers, with categories that no other pod has. */
  readonly seLinux?: { readonly type: string; readonly level?: string };
  readonly uid?: number;
  readonly readonlyRootfs?: boolean;
  readonly noNewPrivs?: boolean;
  readonly memoryLimitBytes?: number;
  /** 100 is what a pod writes as `cpu: 100m`. */
  readonly cpuLimitMillicores?: number;
}

export interface HostPathMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readonly?: boolean;
  /** Default: `None`, as in Kubernetes. */
  readonly propagation?: 'None' | 'HostToContainer' | 'Bidirectional';
}

/** The content of an image, read-only; containerd has it since 2.1. */
export interface ImageMount {
  /** A reference. */
  readonly image: string;
  readonly containerPath: string;
}

/** What tells this pod or container from every other one on the node. */
export interface PodIdentity {
  readonly uid: string;
}

export interface ContainerIdentity {
  readonly name: string;
  readonly attempt: number;
  /** On the host, for what the container writes to its /dev/termination-log. */
  readonly terminationLog: string;
}

export const defaultImage = 'localhost/busybox:test';

const propagations = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const;

const maskedPaths = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/firmware',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function sandboxConfig(pod: PodSpec, { uid }: PodIdentity): SandboxConfig {
  const { name, hostNetwork = false } = pod;
  return {
    metadata: { name, uid, namespace: 'kube-system' },
    hostname: hostNetwork ? '' : name,
    logDirectory: `/var/log/pods/kube-system_${name}_${uid}`,
    dnsConfig: { servers: ['10.96.0.10'] },
    linux: {
      cgroupParent: `/kubepods/pod${uid}`,
      securityContext: {
        namespaceOptions: namespaceOptions(pod),
        // The kubelet says so as soon as one container is privileged; without it the runtime would refuse that one.
        privileged: true,
        seccomp: { profileType: 'RuntimeDefault' },
      },
    },
  };
}

export function containerConfig(
  spec: ContainerSpec,
  pod: PodSpec,
  { name, attempt, terminationLog }: ContainerIdentity,
): ContainerConfig {
  return {
    metadata: { name, attempt },
    image: { image: spec.image ?? defaultImage },
    command: spec.command ?? [],
    args: spec.args ?? [],
    envs: Object.entries(spec.env ?? {}).map(([key, value]) => ({ key, value })),
    mounts: [
      ...(spec.mounts ?? []).map(criMount),
      // As the kubelet has it, so that the container may write there.
      {
        ...criMount({ hostPath: terminationLog, containerPath: '/dev/termination-log' }),
        selinuxRelabel: true,
      },
      ...(spec.imageMounts ?? []).map(criImageMount),
    ],
    logPath: `${name}/${attempt}.log`,
    linux: { resources: resources(spec), securityContext: securityContext(spec, pod) },
  };
}

function namespaceOptions({ hostNetwork = false, hostPid, sharedPid }: PodSpec): NamespaceOptions {
  const pid = hostPid === true ? 'NODE' : sharedPid === true ? 'POD' : 'CONTAINER';
  return { network: hostNetwork ? 'NODE' : 'POD', pid, ipc: 'POD' };
}

function criMount({
  hostPath,
  containerPath,
  readonly = false,
  propagation = 'None',
}: HostPathMount): CriMount {
  return { hostPath, containerPath, readonly, propagation: propagations[propagation] };
}

/** As the kubelet asks for it (KEP-4639). */
function criImageMount({ image, containerPath }: ImageMount): CriMount {
  return {
    hostPath: '',
    containerPath,
    readonly: true,
    propagation: propagations.None,
    image: { image },
  };
}

function resources(spec: ContainerSpec): ContainerConfig['linux']['resources'] {
  const cpuPeriod = 100_000;
  return {
    cpuPeriod,
    cpuQuota: ((spec.cpuLimitMillicores ?? 0) * cpuPeriod) / 1000,
    cpuShares: 2,
    memoryLimitInBytes: spec.memoryLimitBytes ?? 0,
  };
}

function securityContext(spec: ContainerSpec, pod: PodSpec): ContainerConfig['linux']['securityContext'] {
  const privileged = spec.privileged ?? false;
  const dropCapabilities = spec.dropAllCapabilities === true ? ['ALL'] : [];
  return {
    ...(privileged
      ? {}
      : { capabilities: { addCapabilities: spec.addCapabilities ?? [], dropCapabilities } }),
    privileged,
    namespaceOptions: namespaceOptions(pod),
    ...(spec.seLinux === undefined ? {} : { selinuxOptions: { level: '', ...spec.seLinux } }),
    ...(spec.uid === undefined ? {} : { runAsUser: { value: spec.uid } }),
    readonlyRootfs: spec.readonlyRootfs ?? false,
    noNewPrivs: spec.noNewPrivs ?? false,
    maskedPaths: privileged ? [] : maskedPaths,
    readonlyPaths: privileged ? [] : readonlyPaths,
    seccomp: { profileType: privileged ? 'Unconfined' : (spec.seccomp ?? 'RuntimeDefault') },
    ...(spec.appArmor === undefined ? {} : { apparmor: { profileType: spec.appArmor } }),
  };
}
