// The JSON that kubectl prints, in any order and number of documents → the objects that matter here. Pure.

import { recordOfText } from '../lib/record.ts';
import { printable } from '../lib/text/printable.ts';
import { type Extent, findDocuments, type JsonDocument } from './json-stream.ts';
import { recordIn, recordsIn, textIn } from './json-value.ts';
import { readNetwork } from './network.ts';
import type {
  Attachment,
  AttachmentConfig,
  ClusterObjects,
  ContainerView,
  DaemonSetView,
  HostMount,
  LastWords,
  NodeView,
  PodView,
} from './objects.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

/** What one item comes to. */
interface Views {
  readonly attachments: Attachment[];
  readonly pods: PodView[];
  readonly nodes: NodeView[];
  readonly daemonSets: DaemonSetView[];
  readonly troubles: string[];
}

/** What is read, and in which version of its API; everything else is left alone. */
const apis: Readonly<Record<string, string>> = {
  NetworkAttachmentDefinition: 'k8s.cni.cncf.io/v1',
  Pod: 'v1',
  Node: 'v1',
  DaemonSet: 'apps/v1',
};

/** The API server keeps no object of more than some MiB. */
const largestObject = 8 * 2 ** 20;

/** Total: what is not understood is a trouble, never an error. Bytes rather than a text, which would be on the heap. */
export function readClusterObjects(bytes: Buffer): ClusterObjects {
  const { documents, trouble } = findDocuments(bytes);
  const views: Views = { attachments: [], pods: [], nodes: [], daemonSets: [], troubles: [] };
  for (const document of documents) viewDocument(bytes, document, views);
  if (trouble !== undefined) views.troubles.push(trouble);
  return { ...views, next: nextOf(bytes, documents) };
}

function viewDocument(bytes: Buffer, document: JsonDocument, views: Views): void {
  // A list may say kind and version for all, `PodList`.
  const isList = document.items !== undefined;
  const kind = isList ? document.kind?.replace(/List$/, '') : undefined;
  const apiVersion = kind === '' ? undefined : document.apiVersion;
  for (const extent of document.items ?? [document]) {
    const object = objectAt(bytes, extent);
    if (typeof object === 'string') views.troubles.push(object);
    else sort(isList ? { kind, apiVersion, ...object } : object, views);
  }
}

function objectAt(bytes: Buffer, { from, to }: Extent): JsonRecord | string {
  if (to - from > largestObject) return `what begins at byte ${from} is larger than any object of a cluster`;
  return recordOfText(bytes.toString('utf8', from, to)) ?? `what begins at byte ${from} is not a JSON object`;
}

function nextOf(bytes: Buffer, documents: readonly JsonDocument[]): string | undefined {
  const marks = documents.flatMap(({ metadata, items }) => {
    const record = metadata === undefined || items === undefined ? {} : objectAt(bytes, metadata);
    return typeof record === 'string' ? [] : (textIn(record, 'continue') ?? []);
  });
  return marks.find((mark) => mark !== '');
}

function sort(object: JsonRecord, views: Views): void {
  const kind = textIn(object, 'kind') ?? '';
  const wanted = Object.hasOwn(apis, kind) ? apis[kind] : undefined;
  const given = textIn(object, 'apiVersion') ?? wanted;
  if (wanted !== given && wanted !== undefined) {
    views.troubles.push(`${kind} is of API version ${printable(given ?? '')}; wanted ${wanted}`);
  } else if (kind === 'NetworkAttachmentDefinition') views.attachments.push(attachmentOf(object));
  else if (kind === 'Pod') views.pods.push(podOf(object));
  else if (kind === 'Node') views.nodes.push(nodeOf(object));
  else if (kind === 'DaemonSet') views.daemonSets.push(daemonSetOf(object));
  else if (kind === 'Status') views.troubles.push(refusalInStatus(object));
}

/** What the API server answers in place of what was asked for. */
function refusalInStatus(status: JsonRecord): string {
  return `the API server refused: ${printable(textIn(status, 'message') ?? 'without a word')}`;
}

function idOf(object: JsonRecord): string {
  const { namespace, name } = namesOf(object);
  return `${namespace}/${name}`;
}

function namesOf(object: JsonRecord): { readonly namespace: string; readonly name: string } {
  const metadata = recordIn(object, 'metadata');
  return {
    namespace: textIn(metadata, 'namespace') ?? 'default',
    name: textIn(metadata, 'name') ?? '(no name)',
  };
}

function attachmentOf(object: JsonRecord): Attachment {
  const annotations = recordIn(recordIn(object, 'metadata'), 'annotations');
  return {
    id: idOf(object),
    name: namesOf(object).name,
    config: configOf(recordIn(object, 'spec')),
    resource: textIn(annotations, 'k8s.v1.cni.cncf.io/resourceName'),
  };
}

function configOf(spec: JsonRecord): AttachmentConfig {
  const config = spec['config'];
  if (config === undefined || config === '') return { kind: 'on-node' };
  if (typeof config !== 'string') return { kind: 'invalid', because: '`spec.config` is not a text' };
  return readNetwork(config);
}

function podOf(object: JsonRecord): PodView {
  const { namespace } = namesOf(object);
  const metadata = recordIn(object, 'metadata');
  const spec = recordIn(object, 'spec');
  const status = recordIn(object, 'status');
  const states = [...recordsIn(status, 'initContainerStatuses'), ...recordsIn(status, 'containerStatuses')];
  const containers = [...recordsIn(spec, 'initContainers'), ...recordsIn(spec, 'containers')];
  return {
    id: idOf(object),
    node: textIn(spec, 'nodeName'),
    labels: textsOf(recordIn(metadata, 'labels')),
    qosClass: textIn(status, 'qosClass'),
    networks: networksOf(recordIn(metadata, 'annotations'), namespace),
    containers: containers.map((container) => containerOf(container, states)),
    lastWords: states.flatMap(lastWordsIn),
  };
}

function lastWordsIn(state: JsonRecord): LastWords[] {
  const ends = ['state', 'lastState'].map((which) => recordIn(recordIn(state, which), 'terminated'));
  const end = ends.find((one) => textIn(one, 'message') !== undefined);
  const text = textIn(end ?? {}, 'message');
  if (end === undefined || text === undefined) return [];
  return [{ container: textIn(state, 'name') ?? '', text, at: textIn(end, 'finishedAt') }];
}

function containerOf(container: JsonRecord, states: readonly JsonRecord[]): ContainerView {
  const name = textIn(container, 'name') ?? '';
  const state = states.find((one) => textIn(one, 'name') === name) ?? {};
  const ends = ['lastState', 'state'].map((which) => recordIn(recordIn(state, which), 'terminated'));
  return {
    name,
    image: textIn(container, 'image') ?? '',
    port: portIn(container),
    lastEnd: ends.map((end) => textIn(end, 'reason')).find((reason) => reason !== undefined),
  };
}

function portIn(container: JsonRecord): number | undefined {
  const port = recordsIn(container, 'ports')[0]?.['containerPort'];
  return typeof port === 'number' ? port : undefined;
}

function textsOf(record: JsonRecord): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

/** `k8s.v1.cni.cncf.io/networks`: `a, other/b@net1`, or a JSON list of objects with `name` and `namespace`. */
function networksOf(annotations: JsonRecord, namespace: string): string[] {
  const text = textIn(annotations, 'k8s.v1.cni.cncf.io/networks')?.trim() ?? '';
  if (text.startsWith('[')) return listedNetworks(text, namespace);
  return text
    .split(',')
    .map((item) => item.trim().split('@')[0] ?? '')
    .filter((item) => item !== '')
    .map((item) => (item.includes('/') ? item : `${namespace}/${item}`));
}

function listedNetworks(text: string, namespace: string): string[] {
  return recordsIn(recordOfText(`{"list":${text}}`) ?? {}, 'list').flatMap((item) => {
    const name = textIn(item, 'name');
    return name === undefined ? [] : [`${textIn(item, 'namespace') ?? namespace}/${name}`];
  });
}

function nodeOf(object: JsonRecord): NodeView {
  const status = recordIn(object, 'status');
  const about = recordIn(status, 'nodeInfo');
  return {
    name: namesOf(object).name,
    kubelet: textIn(about, 'kubeletVersion'),
    runtime: textIn(about, 'containerRuntimeVersion'),
    kernel: textIn(about, 'kernelVersion'),
    osImage: textIn(about, 'osImage'),
    os: textIn(about, 'operatingSystem'),
    arch: textIn(about, 'architecture'),
    schedulable: recordIn(object, 'spec')['unschedulable'] !== true,
    resources: extendedResources(recordIn(status, 'allocatable')),
    conditions: recordsIn(status, 'conditions').map((condition) => ({
      type: textIn(condition, 'type') ?? '',
      status: textIn(condition, 'status') ?? 'Unknown',
      reason: textIn(condition, 'reason'),
      message: textIn(condition, 'message'),
    })),
  };
}

/** Those of others have a domain before their name. */
function extendedResources(allocatable: JsonRecord): string[] {
  return Object.keys(allocatable).filter((name) => name.includes('/') && textIn(allocatable, name) !== '0');
}

function daemonSetOf(object: JsonRecord): DaemonSetView {
  const pod = recordIn(recordIn(recordIn(object, 'spec'), 'template'), 'spec');
  const containers = [...recordsIn(pod, 'initContainers'), ...recordsIn(pod, 'containers')];
  const mounts = hostMountsOf(pod, containers);
  return {
    id: idOf(object),
    images: containers.flatMap((container) => textIn(container, 'image') ?? []),
    writesTo: [...new Set(mounts.filter(({ writable }) => writable).map(({ hostPath }) => hostPath))],
    mounts,
  };
}

function hostMountsOf(pod: JsonRecord, containers: readonly JsonRecord[]): HostMount[] {
  const paths = new Map(
    recordsIn(pod, 'volumes').map((volume) => [
      textIn(volume, 'name'),
      textIn(recordIn(volume, 'hostPath'), 'path'),
    ]),
  );
  return containers
    .flatMap((container) => recordsIn(container, 'volumeMounts'))
    .flatMap((mount) => {
      const hostPath = paths.get(textIn(mount, 'name'));
      const mountPath = textIn(mount, 'mountPath') ?? '';
      return hostPath === undefined ? [] : [{ hostPath, mountPath, writable: mount['readOnly'] !== true }];
    });
}
