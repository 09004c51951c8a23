// Options of looking for what is wrong with a node.

import type { OptionSpecs } from './spec.ts';

const asking = ['doctor'] as const;
const nameInKubernetes = 'the name that this node has in Kubernetes; in a pod from `spec.nodeName`';

export const doctorOptions = {
  explain: {
    kind: 'text',
    placeholder: 'FILE',
    meaning:
      "a text with an error in it, such as a pod's description or a kubelet's log, `-` for standard input: what it means, and whether that is so on this node",
    verbs: asking,
  },
  nads: {
    kind: 'text',
    placeholder: 'FILE',
    meaning:
      "kubectl's JSON of NADs, and of pods, nodes and DaemonSets, in any order, `-` for standard input: which of them can't work on this node",
    verbs: asking,
  },
  active: {
    kind: 'boolean',
    default: 'false',
    meaning:
      'also ask each plugin that a configuration of CNI 1.1.0 or later calls for its STATUS, on the host as the runtime would: whether it could give a pod its network',
    verbs: asking,
  },
  'cni-conf-dir': {
    kind: 'text',
    env: 'CNI_PLUGINS_CONF_DIR',
    default: '/host/etc/cni/net.d',
    placeholder: 'DIR',
    meaning: "where the node's CNI conf dir is mounted",
    verbs: ['doctor', 'watch', 'uninstall'],
    inVerb: {
      watch: {
        meaning:
          "where the node's CNI conf dir is mounted: what Kubernetes is told then says that a node is ready only while its runtime calls Multus",
        otherwise: 'none: Multus is not looked for',
      },
      uninstall: {
        meaning:
          "where the node's CNI conf dir is mounted, on a node that Multus leaves for good: what it wrote goes too, its configuration first; plugins that the configurations of others call stay",
        otherwise: "none: nothing of Multus' is touched",
      },
    },
  },
  'fail-on': {
    kind: 'choice',
    choices: ['error', 'warning', 'never'],
    default: 'error',
    meaning: 'the least grave cause for which it ends with 9',
    verbs: ['doctor', 'fleet'],
  },
  'node-name': {
    kind: 'text',
    env: 'NODE_NAME',
    placeholder: 'NAME',
    meaning: 'this node as the cluster calls it: picks its pods and its Node among what `--nads` gives',
    verbs: ['doctor', 'watch', 'dhcp'],
    inVerb: {
      watch: { meaning: nameInKubernetes },
      dhcp: { meaning: nameInKubernetes },
    },
  },
} as const satisfies OptionSpecs;
