// The JSON that kubectl writes of a cluster that there is not: nodes, our pods with their reports, DaemonSets, NADs.

export type JsonObject = Readonly<Record<string, unknown>>;

export interface NodeTraits {
  readonly name: string;
  readonly arch?: string;
  readonly kubelet?: string;
  readonly runtime?: string;
  readonly unschedulable?: boolean;
  readonly resources?: Readonly<Record<string, string>>;
  readonly conditions?: readonly JsonObject[];
}

export function nodeJson(traits: NodeTraits): JsonObject {
  const { name, arch = 'amd64', kubelet = 'v1.34.4', runtime = 'containerd://2.1.4' } = traits;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `uid-of-${name}`, labels: { 'kubernetes.io/hostname': name } },
    spec: { podCIDR: '10.0.0.0/24', ...(traits.unschedulable === true && { unschedulable: true }) },
    status: {
      allocatable: { cpu: '16', memory: '65536000Ki', pods: '110', ...traits.resources },
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }, ...(traits.conditions ?? [])],
      nodeInfo: {
        architecture: arch,
        containerRuntimeVersion: runtime,
        kernelVersion: '6.8.0-48-generic',
        kubeletVersion: kubelet,
        operatingSystem: 'linux',
        osImage: 'Ubuntu 24.04.1 LTS',
      },
    },
  };
}

export const defaultPlugins = [
  'bridge',
  'host-device',
  'host-local',
  'ipvlan',
  'loopback',
  'macvlan',
  'portmap',
  'static',
];

export interface ReportTraits {
  readonly outcome?: string;
  readonly version?: string | null;
  readonly plugins?: Readonly<Record<string, readonly string[]>>;
  readonly shared?: boolean | null;
  readonly error?: JsonObject;
}

export function reportJson(traits: ReportTraits = {}): JsonObject {
  const { outcome = 'unchanged', version = 'v1.9.1', shared = true, error } = traits;
  const plugins = { placed: [], intact: [], kept: [], failed: [], ...traits.plugins };
  return {
    summary: 'words for people',
    schema: 1,
    outcome,
    version,
    platform: 'linux/amd64',
    plugins:
      traits.plugins === undefined ? { ...plugins, intact: defaultPlugins, present: usualOthers } : plugins,
    mounts: { mode: 'rshared', changed: [], shared },
    ...(error !== undefined && { error: { exitStatus: 6, ...error } }),
    durationMs: 40,
  };
}

/** What a node has beside ours. */
export const usualOthers = ['cilium-cni', 'multus-shim'];

export interface PodTraits {
  readonly at?: string;
  readonly namespace?: string;
  readonly container?: string;
  readonly image?: string;
}

/** The pod of our DaemonSet on a node, whose container has ended with this report. */
export function podJson(node: string, report: JsonObject | string, traits: PodTraits = {}): JsonObject {
  const {
    at = '2026-01-01T00:00:00Z',
    namespace = 'kube-system',
    container = 'install-cni-plugins',
  } = traits;
  const message = typeof report === 'string' ? report : JSON.stringify(report);
  const image = traits.image ?? 'ghcr.io/cni-plugins-installer/cni-plugins-installer:0.1.0';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `kube-multus-ds-${node}`,
      namespace,
      labels: { 'app.kubernetes.io/part-of': 'cni-plugins-installer', app: 'multus' },
    },
    spec: { nodeName: node, initContainers: [{ name: container, image }], containers: [] },
    status: {
      initContainerStatuses: [
        { name: container, state: { terminated: { exitCode: 0, message, finishedAt: at } } },
      ],
    },
  };
}

export interface HostPathMount {
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

export function daemonSetJson(id: string, image: string, mounts: readonly HostPathMount[]): JsonObject {
  const [namespace = '', name = ''] = id.split('/');
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace },
    spec: {
      template: {
        spec: {
          initContainers: [
            {
              name: 'install',
              image,
              volumeMounts: mounts.map(({ mountPath, readOnly }, place) => ({
                name: `volume-${place}`,
                mountPath,
                ...(readOnly === true && { readOnly }),
              })),
            },
          ],
          containers: [],
          volumes: mounts.map(({ hostPath: path }, place) => ({
            name: `volume-${place}`,
            hostPath: { path },
          })),
        },
      },
    },
  };
}

export const ownDaemonSet = daemonSetJson(
  'kube-system/kube-multus-ds',
  'ghcr.io/cni-plugins-installer/cni-plugins-installer:0.1.0',
  [{ hostPath: '/opt/cni/bin', mountPath: '/host/opt/cni/bin' }],
);

export function nadJson(
  id: string,
  config: JsonObject | string | undefined,
  annotations: Readonly<Record<string, string>> = {},
): JsonObject {
  const [namespace = '', name = ''] = id.split('/');
  const text = typeof config === 'object' ? JSON.stringify(config) : config;
  return {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { name, namespace, annotations },
    spec: text === undefined ? {} : { config: text },
  };
}

export function listJson(items: readonly JsonObject[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items, metadata: { resourceVersion: '' } });
}
