// The JSON that kubectl prints, in any order and number of documents → the objects that matter here. Pure.

import { readDocuments } from './json-stream.ts';
import { isRecord, recordIn, recordsIn, textIn } from './json-value.ts';
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

/** Total: what is not understood is a trouble, never an error. */
export function readClusterObjects(text: string): ClusterObjects {
  const { values, trouble } = readDocuments(text);
  const objects = values.flatMap(itemsOf);
  const ofKind = (kind: string): readonly JsonRecord[] =>
    objects.filter((one) => textIn(one, 'kind') === kind);
  const strange = values.filter((value) => !isRecord(value)).length;
  return {
    attachments: ofKind('NetworkAttachmentDefinition').map(attachmentOf),
    pods: ofKind('Pod').map(podOf),
    nodes: ofKind('Node').map(nodeOf),
    daemonSets: ofKind('DaemonSet').map(daemonSetOf),
    troubles: [
      ...(trouble === undefined ? [] : [trouble]),
      ...(strange === 0 ? [] : [`${strange} of the documents are not objects`]),
    ],
  };
}

/** A list gives its members their kind where they have none: `NetworkAttachmentDefinitionList`. */
function itemsOf(value: unknown): readonly JsonRecord[] {
  if (!isRecord(value)) return [];
  if (!Array.isArray(value['items'])) return [value];
  const kind = textIn(value, 'kind')?.replace(/List$/, '') ?? '';
  return recordsIn(value, 'items').map((item) => ({ ...(kind === '' ? {} : { kind }), ...item }));
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
  if (text.startsWith('['))
    return readDocuments(text).values.flatMap((list) => listedNetworks(list, namespace));
  return text
    .split(',')
    .map((item) => item.trim().split('@')[0] ?? '')
    .filter((item) => item !== '')
    .map((item) => (item.includes('/') ? item : `${namespace}/${item}`));
}

function listedNetworks(list: unknown, namespace: string): string[] {
  return recordsIn({ list }, 'list').flatMap((item) => {
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
