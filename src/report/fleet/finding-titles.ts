// What each finding about a fleet is, in a few words: for the cards of the page and the table of the docs.

import type { FleetCode } from '../../fleet/fleet.ts';
import type { AdviceCode } from '../../release/advice/advice.ts';

export const findingTitles: Readonly<Record<FleetCode, string>> = {
  'nad-plugin-absent': 'A plugin that a NAD wants is missing on some nodes',
  'nad-invalid-json': 'A NAD cannot be read',
  'nad-without-type': 'A NAD names no plugin',
  'nad-master-absent': 'An interface that a NAD stands on is missing on some nodes',
  'nad-master-both-macvlan-ipvlan': 'One interface carries macvlan and ipvlan networks',
  'plugin-spec-unsupported': 'A NAD asks for a CNI spec that its plugin does not speak',
  'node-failed': 'Nodes could not be made ready',
  'node-degraded': 'Nodes go on with an earlier set',
  'node-untold': 'Nodes have no report of ours',
  'node-stale': 'Nodes did not answer when their watch was asked',
  'node-condition': 'Nodes are not ready by their condition',
  'plugin-absent': 'A plugin that was placed is gone',
  'plugin-broken': 'A plugin does not work',
  'plugin-not-executable': 'A plugin has lost its execute bit',
  'plugin-changed': 'A plugin has other bytes than were placed',
  'plugin-foreign': 'A plugin was placed by somebody else',
  'plugin-contended': 'Somebody writes over a plugin again and again',
  'mount-not-shared': 'Mounts that Multus asks for are not shared',
  skew: 'Nodes have different releases',
  'rival-installer': 'Another installer may write into the bin dir',
};

export const adviceTitles: Readonly<Record<AdviceCode, string>> = {
  'plugin-spec-unsupported': 'A CNI spec that a plugin does not speak',
  'runtime-spec-too-old': 'A CNI spec that the runtime does not know',
  'loopback-too-old-for-containerd': 'No pod starts with this loopback',
  'containerd-1.6.0-1.6.3': 'An early containerd',
  'release-advisory': 'A known vulnerability',
  'behind-kubernetes': 'Older than what Kubernetes is tested with',
  'ahead-of-tested': 'Newer than what Kubernetes is tested with',
  'unknown-release': 'A release that is not in the catalog',
};
