// Kubernetes objects, as far as the tests look at them.

import { parseAllDocuments } from 'yaml';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly securityContext?: SecurityContext;
  readonly resources?: Resources;
  readonly volumeMounts?: readonly VolumeMount[];
  readonly terminationMessagePolicy?: string;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

export interface SecurityContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly runAsUser?: number;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
}

export interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly mountPropagation?: 'None' | 'HostToContainer' | 'Bidirectional';
}

export interface Volume {
  readonly name: string;
  readonly hostPath?: { readonly path: string; readonly type?: string };
  readonly configMap?: { readonly name: string };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly image?: { readonly reference: string };
  readonly [kind: string]: unknown;
}

export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly shareProcessNamespace?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly priorityClassName?: string;
  readonly tolerations?: readonly unknown[];
  readonly imagePullSecrets?: readonly unknown[];
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly unknown[];
}

export type Objects = readonly KubernetesObject[];

export interface DaemonSet extends KubernetesObject {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: Pick<KubernetesObject['metadata'], 'labels' | 'annotations'>;
      readonly spec: PodSpec;
    };
  };
}

/** The objects of a YAML stream. A key given twice, which kubectl would let the last one win, is an error. */
export function objectsIn(text: string): Objects {
  return parseAllDocuments(text, { uniqueKeys: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

export function isHook({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.['helm.sh/hook'] !== undefined;
}

/** The one DaemonSet that prepares nodes; those that only look after them are told apart by their names. */
export function daemonSetIn(objects: Objects, isWanted = preparesNodes): DaemonSet {
  const [found, ...more] = objects.filter(
    (object) => object.kind === 'DaemonSet' && !isHook(object) && isWanted(object),
  );
  if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} DaemonSets, not one`);
  return found as DaemonSet;
}

function preparesNodes({ metadata }: KubernetesObject): boolean {
  return !/-(watch|dhcp)$/.test(metadata.name);
}

export function podOf(objects: Objects): PodSpec {
  return daemonSetIn(objects).spec.template.spec;
}

export function allContainers({ initContainers = [], containers }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}

const ownNames = new Set(['share-mounts', 'install-cni-plugins']);

/** Our containers in a pod, in their order. */
export function oursIn(pod: PodSpec): readonly Container[] {
  return (pod.initContainers ?? []).filter(({ name }) => ownNames.has(name));
}

export function initNames({ initContainers = [] }: PodSpec): readonly string[] {
  return initContainers.map(({ name }) => name);
}

/** Its environment as the container has it, for variables with a value of their own. */
export function environmentOf({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(
    env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
  );
}

/** @see https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
export function qosClassOf(pod: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all = allContainers(pod).map(({ resources = {} }) => resources);
  if (all.every(isGuaranteed)) return 'Guaranteed';
  const none = all.every(
    ({ requests = {}, limits = {} }) => Object.keys({ ...requests, ...limits }).length === 0,
  );
  return none ? 'BestEffort' : 'Burstable';
}

function isGuaranteed({ requests = {}, limits = {} }: Resources): boolean {
  return ['cpu', 'memory'].every((resource) => {
    const limit = limits[resource];
    return limit !== undefined && limit === (requests[resource] ?? limit);
  });
}

/** `100m` → 0.1; `50Mi` → bytes. */
export function quantity(text: string): number {
  const [, digits = '', unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(text) ?? [];
  const factors: Record<string, number> = { '': 1, m: 0.001, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };
  const factor = factors[unit];
  if (digits === '' || factor === undefined) throw new Error(`not a quantity: ${text}`);
  return Number(digits) * factor;
}

/** What the scheduler counts: the greatest init container or the sum of those that stay, whichever is more. */
export function podRequest(pod: PodSpec, resource: 'cpu' | 'memory'): number {
  const requestOf = ({ resources }: Container): number => quantity(resources?.requests?.[resource] ?? '0');
  const staying = pod.containers.map(requestOf).reduce((sum, request) => sum + request, 0);
  return Math.max(staying, ...(pod.initContainers ?? []).map(requestOf));
}
