// The JSON that kubectl prints, in any order and number of documents → the objects that matter here. Pure.

import { type Extent, findDocuments } from './json-stream.ts';
import { isRecord } from '../lib/record.ts';
import { recordIn, recordsIn, textIn } from './json-value.ts';
import { readNetwork } from './network.ts';
import type {
  Attachment,
  AttachmentConfig,
  ClusterObjects,
  ContainerView,
  DaemonSetView,
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

/** Total: what is not understood is a trouble, never an error. Bytes rather than a text, which would be on the heap. */
export function readClusterObjects(bytes: Buffer): ClusterObjects {
  const { documents, trouble } = findDocuments(bytes);
  const views: Views = { attachments: [], pods: [], nodes: [], daemonSets: [], troubles: [] };
  for (const document of documents) {
    // A list may say its kind for all, `PodList`.
    const kind = document.items === undefined ? undefined : document.kind?.replace(/List$/, '');
    for (const extent of document.items ?? [document]) view(bytes, extent, { kind, views });
  }
  return trouble === undefined ? views : { ...views, troubles: [...views.troubles, trouble] };
}

function view(
  bytes: Buffer,
  { from, to }: Extent,
  { kind, views }: { readonly kind: string | undefined; readonly views: Views },
): void {
  const object = parsedDocument(bytes.toString('utf8', from, to));
  if (object === undefined) views.troubles.push(`what begins at byte ${from} is not a JSON object`);
  else sort(object, textIn(object, 'kind') ?? kind, views);
}

function parsedDocument(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function sort(object: JsonRecord, kind: string | undefined, views: Views): void {
  if (kind === 'NetworkAttachmentDefinition') views.attachments.push(attachmentOf(object));
  else if (kind === 'Pod') views.pods.push(podOf(object));
  else if (kind === 'Node') views.nodes.push(nodeOf(object));
  else if (kind === 'DaemonSet') views.daemonSets.push(daemonSetOf(object));
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
  return { id: idOf(object), name: namesOf(object).name, config: configOf(recordIn(object, 'spec')) };
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
  };
}

function containerOf(container: JsonRecord, states: readonly JsonRecord[]): ContainerView {
  const name = textIn(container, 'name') ?? '';
  const state = states.find((one) => textIn(one, 'name') === name) ?? {};
  const ends = ['lastState', 'state'].map((which) => recordIn(recordIn(state, which), 'terminated'));
  return {
    name,
    image: textIn(container, 'image') ?? '',
    lastEnd: ends.map((end) => textIn(end, 'reason')).find((reason) => reason !== undefined),
  };
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
  return recordsIn(parsedDocument(`{"list":${text}}`) ?? {}, 'list').flatMap((item) => {
    const name = textIn(item, 'name');
    return name === undefined ? [] : [`${textIn(item, 'namespace') ?? namespace}/${name}`];
  });
}

function nodeOf(object: JsonRecord): NodeView {
  const about = recordIn(recordIn(object, 'status'), 'nodeInfo');
  return {
    name: namesOf(object).name,
    kubelet: textIn(about, 'kubeletVersion'),
    runtime: textIn(about, 'containerRuntimeVersion'),
  };
}

function daemonSetOf(object: JsonRecord): DaemonSetView {
  const pod = recordIn(recordIn(recordIn(object, 'spec'), 'template'), 'spec');
  const containers = [...recordsIn(pod, 'initContainers'), ...recordsIn(pod, 'containers')];
  const mounts = containers.flatMap((container) => recordsIn(container, 'volumeMounts'));
  const written = new Set(
    mounts.filter((mount) => mount['readOnly'] !== true).map((mount) => textIn(mount, 'name')),
  );
  const volumes = recordsIn(pod, 'volumes').filter((volume) => written.has(textIn(volume, 'name')));
  return {
    id: idOf(object),
    images: containers.flatMap((container) => textIn(container, 'image') ?? []),
    writesTo: volumes.flatMap((volume) => textIn(recordIn(volume, 'hostPath'), 'path') ?? []),
  };
}
