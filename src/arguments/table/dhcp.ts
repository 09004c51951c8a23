// Options of keeping the daemon of the plugin dhcp.

import type { OptionSpecs } from './spec.ts';

const keeping = ['dhcp'] as const;

export const dhcpOptions = {
  socket: {
    kind: 'text',
    env: 'CNI_PLUGINS_DHCP_SOCKET',
    default: '/host/run/cni/dhcp.sock',
    placeholder: 'FILE',
    meaning:
      "where the daemon listens: the host's path, which is the plugin's `daemonSocketPath`, below where that is mounted",
    verbs: keeping,
  },
  'cni-cache-dir': {
    kind: 'text',
    env: 'CNI_PLUGINS_CNI_CACHE_DIR',
    default: '/host/var/lib/cni',
    placeholder: 'DIR',
    meaning: "where the host's `/var/lib/cni` is mounted, in which runtime and Multus remember attachments",
    verbs: keeping,
  },
  adopt: {
    kind: 'boolean',
    env: 'CNI_PLUGINS_DHCP_ADOPT',
    default: 'true',
    meaning: 'after each start have the daemon take up the leases of attachments that are there, by `CHECK`',
    verbs: keeping,
  },
  'restart-on-upgrade': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_DHCP_RESTART_ON_UPGRADE',
    default: 'false',
    meaning: 'restart the daemon when the plugin is replaced; else that is told, and the old one goes on',
    verbs: keeping,
  },
} as const satisfies OptionSpecs;
