// Known texts of runtimes, of the CNI library and of the DHCP daemon, and the checks that look for the cause. Pure.

import type { Asked } from '../../facts/node-facts.ts';
import type { KnownTexts } from './known-text.ts';

const plugin = (about: string): Partial<Asked> => ({ plugins: [about] });
const dhcp = (): Partial<Asked> => ({ plugins: ['dhcp'] });

export const runtimeTexts = {
  'plugin-not-found': {
    pattern: /failed to find plugin "([^"\s]+)" in path \[[^\]]*\]?/,
    sample: 'failed to find plugin "macvlan" in path [/opt/cni/bin]',
    means: 'the runtime, or Multus, looked for a plugin in the bin dir and it is not there',
    leadsTo: [
      'plugin-absent',
      'nad-plugin-absent',
      'bin-dir-absent',
      'bin-dir-not-runtimes',
      'plugin-dangling-link',
    ],
    asks: plugin,
  },
  'mount-not-shared': {
    pattern: /path "([^"]+)" is mounted on "[^"]+" but it is not a shared (?:or slave )?mount/,
    sample: 'path "/opt/cni/bin" is mounted on "/" but it is not a shared mount',
    means: 'a container asked to share a path with the host, and the mount that holds it is private',
    leadsTo: ['mount-not-shared', 'runtime-in-own-mount-namespace'],
    asks: (about) => ({ paths: [about] }),
  },
  'cni-not-initialized': {
    pattern:
      /cni plugin not initialized|cni config uninitialized|no networks? (?:config )?found in \S*net\.d/,
    sample: 'Network plugin returns error: cni plugin not initialized',
    means: 'the runtime has no CNI configuration that it can use, so no pod starts',
    leadsTo: ['cni-conf-absent', 'multus-conf-unreadable', 'cni-conf-invalid', 'sysctl-inotify-instances'],
  },
  'cni-conf-not-loaded': {
    pattern:
      /cni config load failed|error loading CNI conf(?:ig|list)|error parsing configuration(?: list)?:/,
    sample: 'error parsing configuration list: unexpected end of JSON input',
    means: 'a file of the CNI conf dir is not a configuration that the CNI library can read',
    leadsTo: ['multus-conf-unreadable', 'cni-conf-invalid', 'cni-conf-absent', 'nad-invalid-json'],
  },
  'spec-unsupported': {
    pattern: /incompatible CNI versions; config is "[^"]+", plugin supports \[/,
    sample: 'incompatible CNI versions; config is "1.1.0", plugin supports ["0.3.1" "0.4.0" "1.0.0"]',
    means: 'a configuration asks for a version of the CNI spec that its plugin does not speak',
    leadsTo: ['plugin-spec-unsupported'],
  },
  'result-unsupported': {
    pattern: /unsupported CNI result version "[^"]+"/,
    sample: 'unsupported CNI result version "1.1.0"',
    means: 'a configuration asks for a version of the CNI spec that the runtime, or Multus, does not read',
    leadsTo: ['cni-conf-spec-unsupported', 'plugin-spec-unsupported'],
  },
  'dhcp-daemon-silent': {
    pattern:
      /error dialing DHCP daemon: dial unix \S+: connect: (?:no such file or directory|connection refused)/,
    sample: 'error dialing DHCP daemon: dial unix /run/cni/dhcp.sock: connect: no such file or directory',
    means: 'a network gets its addresses by DHCP, and no DHCP daemon answers on the node',
    leadsTo: ['dhcp-dead-socket', 'dhcp-daemon-absent', 'plugin-absent'],
    asks: dhcp,
  },
  'dhcp-socket-taken': {
    pattern: /listen unix \S*dhcp\.sock: bind: address already in use/,
    sample: 'listen unix /run/cni/dhcp.sock: bind: address already in use',
    means:
      'a DHCP daemon did not start, for its socket is there already: another daemon, or what one left behind',
    leadsTo: ['dhcp-two-daemons', 'dhcp-dead-socket'],
    asks: dhcp,
  },
  'netns-not-seen': {
    pattern: /failed to Statfs "[^"]*\/netns\/[^"]+"/,
    sample: 'error calling DHCP.Allocate: failed to Statfs "/var/run/netns/cni-1": no such file or directory',
    means:
      "a daemon in a container does not see the network namespace of the pod: the host's /run/netns is not mounted, or not shared",
    leadsTo: ['dhcp-no-netns', 'mount-not-shared'],
    asks: () => ({ plugins: ['dhcp'], paths: ['/run/netns'] }),
  },
} as const satisfies KnownTexts;
