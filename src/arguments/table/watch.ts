// Options of keeping watch over a node.

import type { OptionSpecs } from './spec.ts';

const watching = ['watch'] as const;

export const watchOptions = {
  period: {
    kind: 'duration',
    env: 'CNI_PLUGINS_WATCH_PERIOD',
    default: '5m',
    placeholder: 'DURATION',
    meaning:
      'time between two audits of the whole bin dir, up to a fifth more or less; what changes is seen at once, by inotify',
    verbs: watching,
  },
  'on-drift': {
    kind: 'choice',
    env: 'CNI_PLUGINS_ON_DRIFT',
    choices: ['repair', 'report'],
    default: 'repair',
    meaning: '`repair`: put back what is not as the ledger says; `report`: only tell',
    verbs: watching,
  },
  'repair-budget': {
    kind: 'integer',
    env: 'CNI_PLUGINS_REPAIR_BUDGET',
    default: '3',
    placeholder: 'N',
    meaning:
      'repairs of one plugin in 10 minutes; then one that works is left to whoever writes it, and one that does not is put back once a minute',
    verbs: watching,
  },
  listen: {
    kind: 'text',
    env: 'CNI_PLUGINS_LISTEN',
    default: '127.0.0.1:19917',
    placeholder: 'ADDRESS:PORT',
    meaning: 'where `/healthz`, `/readyz`, `/metrics` and `/v1/state` are served, or `off`',
    verbs: ['watch', 'dhcp'],
    inVerb: {
      dhcp: {
        env: 'CNI_PLUGINS_DHCP_LISTEN',
        default: '127.0.0.1:19918',
        meaning: 'where `/healthz`, `/readyz` and `/metrics` are served, or `off`',
      },
    },
  },
  'node-condition': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_NODE_CONDITION',
    default: 'false',
    meaning:
      'keep the condition `cni-plugins-installer.github.io/Ready` of the Node true; takes a service account that may patch `nodes/status`',
    verbs: watching,
  },
  'condition-heartbeat': {
    kind: 'duration',
    env: 'CNI_PLUGINS_CONDITION_HEARTBEAT',
    default: '15m',
    placeholder: 'DURATION',
    meaning: 'time between two writes of that condition while nothing changes, up to a fifth more or less',
    verbs: watching,
  },
  events: {
    kind: 'boolean',
    env: 'CNI_PLUGINS_EVENTS',
    default: 'false',
    meaning:
      'write Events on the Node when a plugin is put back, is missing, or is contended; takes a service account that may create and patch Events in the namespace `default`',
    verbs: ['watch', 'dhcp'],
    inVerb: {
      dhcp: {
        env: 'CNI_PLUGINS_DHCP_EVENTS',
        meaning: 'write an Event on the Node when an address came back different; takes the same rights',
      },
    },
  },
  'startup-taint': {
    kind: 'text',
    env: 'CNI_PLUGINS_STARTUP_TAINT',
    placeholder: 'KEY',
    otherwise: 'none',
    meaning:
      'take the taint with this key off the Node once it is proved, whenever it is there; takes a service account that may patch `nodes`',
    verbs: watching,
  },
  'nfd-features-dir': {
    kind: 'text',
    env: 'CNI_PLUGINS_NFD_FEATURES_DIR',
    placeholder: 'DIR',
    otherwise: 'none',
    meaning:
      "node-feature-discovery's `features.d`: a file is kept there by which it labels the node with the plugins that work, `feature.node.kubernetes.io/cni-plugin.macvlan=true`",
    verbs: watching,
  },
} as const satisfies OptionSpecs;
