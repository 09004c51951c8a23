// What stands in for the node-readiness-controller: its kind of object, as far as its API has it, and what it does by a rule.

import type { Condition, CustomResourceDefinition, Node } from './api-objects.ts';
import type { Cluster } from './cluster.ts';

const group = 'readiness.node.x-k8s.io';
const name = `nodereadinessrules.${group}`;
const text = { type: 'string' };
const statuses = { type: 'string', enum: ['True', 'False', 'Unknown'] };

/** readiness.node.x-k8s.io/v1alpha1: what a rule must have, and what the API server refuses in one. */
const schema = {
  type: 'object',
  required: ['conditions', 'enforcementMode', 'nodeSelector', 'taint'],
  properties: {
    conditions: {
      type: 'array',
      minItems: 1,
      maxItems: 32,
      items: {
        type: 'object',
        required: ['type', 'requiredStatus'],
        properties: { type: { ...text, minLength: 1, maxLength: 316 }, requiredStatus: statuses },
      },
    },
    enforcementMode: { ...text, enum: ['bootstrap-only', 'continuous'] },
    nodeSelector: {
      type: 'object',
      properties: { matchLabels: { type: 'object', minProperties: 1, additionalProperties: text } },
    },
    taint: {
      type: 'object',
      required: ['effect', 'key'],
      properties: {
        key: {
          ...text,
          pattern: String.raw`^readiness\.k8s\.io/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`,
        },
        value: { ...text, maxLength: 63 },
        effect: { ...text, enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
      },
    },
  },
};

interface Rule {
  readonly spec: {
    readonly conditions: readonly { readonly type: string; readonly requiredStatus: string }[];
    readonly nodeSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly taint: { readonly key: string; readonly value?: string; readonly effect: string };
  };
}

/** Resolves when rules can be applied. */
export async function defineRules(cluster: Cluster): Promise<void> {
  await cluster.apply([
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name },
      spec: {
        group,
        scope: 'Cluster',
        names: { kind: 'NodeReadinessRule', plural: 'nodereadinessrules' },
        versions: [
          {
            name: 'v1alpha1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { spec: schema } } },
          },
        ],
      },
    },
  ]);
  await cluster.until('rules for the readiness of nodes can be applied', async () => {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
    const { conditions = [] } = (await cluster.find<CustomResourceDefinition>(path))?.status ?? {};
    return conditions.some(({ type, status }) => type === 'Established' && status === 'True') || undefined;
  });
}

/** Each node that a rule is about has its taint for as long as a condition is not as it wants it; once around. */
export async function enforceRules(cluster: Cluster): Promise<void> {
  const rules = await cluster.list<Rule>(`/apis/${group}/v1alpha1/nodereadinessrules`);
  const nodes = await cluster.list<Node>('/api/v1/nodes');
  for (const { spec } of rules) for (const node of nodes) await enforce(cluster, spec, node);
}

async function enforce(
  cluster: Cluster,
  { conditions, nodeSelector, taint }: Rule['spec'],
  node: Node,
): Promise<void> {
  const { labels = {} } = node.metadata;
  if (!Object.entries(nodeSelector.matchLabels).every(([key, value]) => labels[key] === value)) return;
  const isReady = conditions.every(({ type, requiredStatus }) => statusOf(node, type) === requiredStatus);
  const isTainted = node.spec?.taints?.some(({ key }) => key === taint.key) === true;
  if (isReady !== isTainted) return;
  const wanted = isReady
    ? `${taint.key}:${taint.effect}-`
    : `${taint.key}=${taint.value ?? ''}:${taint.effect}`;
  await cluster.kubectl('taint', 'node', node.metadata.name, wanted);
}

/** One that nobody has written is unknown. */
function statusOf({ status }: Node, wanted: string): Condition['status'] {
  return status.conditions?.find(({ type }) => type === wanted)?.status ?? 'Unknown';
}
