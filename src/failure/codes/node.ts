// Codes of what the node refused (exit status 6).

import type { CodeEntry } from './entry.ts';

export const nodeCodes = {
  'bin-dir-absent': {
    means: 'nothing is mounted at the bin dir',
    remedy:
      "mount the node's CNI bin dir there (hostPath /opt/cni/bin), correct --cni-bin-dir, or give --create-bin-dir",
    page: 'with our chart `cniPlugins.createBinDir=true`',
  },
  'not-a-directory': {
    means:
      'a file, a link that leads nowhere, or a circle of links is where a directory is meant, or on the way to it',
    remedy: 'mount the directory of the node there, or correct the path',
  },
  'bin-dir-noexec': {
    means: "the bin dir's file system forbids execution",
    remedy:
      'mount the file system of the CNI bin dir without noexec; where it has none, see what a security module has denied',
  },
  'state-dir-elsewhere': {
    means: 'the state dir and the bin dir are on different mounts, between which nothing can be renamed',
    remedy: 'put --state-dir on the same mount as --cni-bin-dir, or leave it out',
  },
  'node-read-only': {
    means: 'the bin dir is on a read-only file system, as `/opt` of some distributions is (GKE, MicroShift)',
    remedy:
      'mount the CNI bin dir writable (readOnly: false), or use --cni-bin-dir for the dir of this distribution',
    page: 'with our chart `distribution`, or `paths.binDir`',
  },
  'node-permission': {
    means:
      "the bin dir, or a plugin of others in it, does not belong to root, and the container lacks root's capabilities; or SELinux confines it, which the hint then names",
    remedy:
      'run as root; where the directory belongs to another user, give the container CAP_DAC_OVERRIDE; where a plugin in it does, CAP_FOWNER',
    page: 'with our chart `cniPlugins.securityContext={capabilities: {add: [DAC_OVERRIDE]}}`, or `[FOWNER]`; with SELinux see [security.md](security.md#selinux)',
  },
  'node-no-space': {
    means:
      'no room, no inodes or no quota left on the file system of the bin dir, while downloading or placing; nothing was changed',
    remedy:
      'free space on the file system of the CNI bin dir, or its inodes, raise the quota, or install fewer plugins',
  },
  'node-io-error': {
    means: 'the disk of the node fails',
    remedy: "see the node's kernel log: its disk is failing",
  },
  'node-refused': {
    means: 'the kernel refused a system call for another reason, which the message names',
    remedy: 'see what else works on this directory; run again',
  },
  'node-locked': {
    means: 'another installer was at work on the node until the time was up',
    remedy: 'see what it waits for, or give a longer --timeout',
    page: 'with our chart `cniPlugins.timeout`',
  },
  timeout: {
    means: 'the run was not over in time',
    remedy: 'give a longer --timeout (CNI_PLUGINS_TIMEOUT), and see in the log what took so long',
    page: 'with our chart `cniPlugins.timeout`',
  },
  'ledger-newer': {
    means: 'a newer installer was on this node',
    remedy: 'run the newer installer that wrote it, or uninstall with that one first',
  },
  'nothing-to-go-back-to': {
    means: 'the node has no such earlier set',
    remedy: 'install the release that is wanted with --cni-version',
  },
  'store-damaged': {
    means: "the node's own copy of a plugin is missing or damaged; `verify` finds it, `rollback` fails by it",
    remedy: 'run install with the archive at hand: where it has a plugin to place, it fills the store again',
  },
  'plugin-conflict': {
    means: "another installer's plugin has the name, and conflicts are to fail",
    remedy:
      'leave the name out with --skip, or let it be replaced (and kept for uninstall) with --on-conflict=replace',
    page: '[who wins](ways-in.md#beside-another-installer)',
  },
  'dhcp-two-daemons': {
    means:
      'a DHCP daemon that is not ours has the socket at which the plugin `dhcp` asks; `dhcp` starts no second one',
    remedy:
      'stop that daemon: `systemctl disable --now cni-dhcp.socket cni-dhcp.service` on the host, or the DaemonSet that has it; or do without this one',
    page: 'with our chart `dhcp.enabled=false`; with the chart rke2-multus `manifests.dhcpDaemonSet=false`',
  },
  'plugin-name-taken': {
    means: 'a directory, device, socket or pipe has the name of a plugin',
    remedy: 'move it out of the way, or leave the name out with --skip',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
