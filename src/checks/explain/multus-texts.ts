// Known texts of Multus and of what it waits for, and the checks that look for the cause. Pure.

import type { KnownTexts } from './known-text.ts';

export const multusTexts = {
  'multus-daemon-silent': {
    pattern: /dial unix \S*multus\.sock: connect: |\(shim\): timed out waiting for the condition/,
    sample: 'Post "http://dummy/cni": dial unix /run/multus/multus.sock: connect: no such file or directory',
    means: "the shim of thick Multus does not reach Multus' daemon: no pod starts",
    leadsTo: ['multus-daemon-down', 'multus-oom'],
  },
  'multus-unauthorized': {
    pattern: /error (?:getting|waiting for) pod\b[^\n]*: Unauthorized\b|\bMultus: [^\n]*: Unauthorized\b/,
    sample: 'Multus: [default/app/]: error waiting for pod: Unauthorized',
    means:
      'the API server does not accept the token that Multus asks with: it has ended, or is of a cluster that was',
    leadsTo: [
      'multus-token-expired',
      'multus-server-changed',
      'multus-kubeconfig-absent',
      'multus-token-expires-soon',
    ],
    otherwise: "restart Multus' pod on this node: it writes the kubeconfig anew",
  },
  'readiness-indicator': {
    pattern:
      /readinessindicatorfile @ (\S+?)\.? (?:pollimmediate|PollImmediate)|PollImmediate error waiting for ReadinessIndicatorFile/i,
    sample:
      'still waiting for readinessindicatorfile @ /run/flannel/subnet.env. pollimmediate error: timed out',
    means: 'a file that Multus waits for is not there: the primary CNI writes it when it is ready',
    leadsTo: ['readiness-indicator-absent'],
  },
  'nad-not-found': {
    pattern: /cannot find a network-attachment-definition \(([^)]+)\) in namespace \([^)]+\)/,
    sample: 'cannot find a network-attachment-definition (macvlan-net) in namespace (default)',
    means: 'a pod asks for a NAD that is not there, in its own namespace unless it names another',
    leadsTo: ['nad-absent'],
    otherwise: 'see `kubectl get network-attachment-definitions -A`, and give its JSON with --nads',
  },
  'interface-name-taken': {
    pattern: /validateIfName: interface name \S+ already exists/,
    sample: 'validateIfName: interface name net1 already exists',
    means: 'the pod has an interface of that name already, of an attempt whose undoing failed',
    leadsTo: ['plugin-absent', 'multus-daemon-down'],
    otherwise: 'delete the pod: the next one gets a new network namespace',
  },
  'delegate-not-json': {
    pattern: /(?:delegate|netconf|net-attach|netplugin|cni conf|multus)\w*\b.*unexpected end of JSON input/i,
    sample: 'LoadDelegateNetConf: error unmarshalling delegate config: unexpected end of JSON input',
    means: 'a configuration that Multus reads ends too early: a NAD, or a file of the conf dir',
    leadsTo: ['nad-invalid-json', 'multus-conf-unreadable', 'cni-conf-invalid'],
  },
} as const satisfies KnownTexts;
