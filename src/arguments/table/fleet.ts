// Options of looking at all nodes of a cluster at once.

import type { OptionSpecs } from './spec.ts';

const surveying = ['fleet'] as const;

export const fleetOptions = {
  from: {
    kind: 'list',
    placeholder: 'FILE',
    meaning:
      "kubectl's JSON of nodes, DaemonSets, our pods and NADs, several documents in a file, `-` for standard input; repeat it for several files",
    otherwise: 'the API server: in a pod by its own token, else by `kubectl`',
    verbs: surveying,
  },
  context: {
    kind: 'text',
    placeholder: 'NAME',
    meaning: "the context of kubectl's configuration to ask by",
    otherwise: 'the current one',
    verbs: surveying,
  },
  kubeconfig: {
    kind: 'text',
    placeholder: 'FILE',
    meaning: "kubectl's configuration",
    otherwise: 'as kubectl finds it',
    verbs: surveying,
  },
  live: {
    kind: 'boolean',
    default: 'false',
    meaning: "also ask each node's `watch`, through the API server; a node that does not answer is stale",
    verbs: surveying,
  },
  'config-map': {
    kind: 'text',
    env: 'CNI_PLUGINS_CONFIG_MAP',
    placeholder: 'NAME',
    meaning:
      'in a pod: a ConfigMap of its namespace that keeps the answer, where that is smaller than a MiB, and in any case its first line; standard output has that line alone',
    verbs: surveying,
  },
  'cluster-name': {
    kind: 'text',
    env: 'CNI_PLUGINS_CLUSTER_NAME',
    placeholder: 'NAME',
    meaning: 'what the answer calls the cluster',
    otherwise: "kubectl's context",
    verbs: surveying,
  },
} as const satisfies OptionSpecs;
