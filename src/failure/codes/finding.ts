// Codes of warnings, which no exit status comes from, and of drift, for which `verify` ends with 9.

import type { CodeEntry, MildEntry } from './entry.ts';

export const warningCodes = {
  'archive-trust': {
    means: 'the archive is the expected one, but by a weaker or an older word than usual',
  },
  'mirror-mismatch': {
    means: 'one source served another archive than expected, the next one gave the right one',
    remedy: 'see who put it there; another source gave the right one',
  },
  'archive-unread': {
    means: 'a dry run does not ask for the archive, so what depends on its content is not known',
  },
  'release-replaced': {
    means: 'in a dry run: plugins of another release would be replaced',
  },
  'archive-entry-ignored': {
    means: 'the archive has links, devices or names that lead elsewhere, beside what was requested',
  },
  'mode-bits-dropped': {
    means: "a setuid, setgid or sticky bit of the archive's plugin was not taken over",
  },
  'mode-granted': {
    means: 'a plugin has more rights than usual, because --mode says so',
  },
  'plugin-kept': {
    means: "another installer's plugin works and was kept, by --on-conflict=keep",
  },
  'kept-plugin-behind': {
    means:
      "another installer's plugin was kept, and speaks fewer versions of the CNI specification than the wished release",
    remedy:
      'a network whose cniVersion it does not speak fails: have its owner bring a newer one, or take it over with --on-conflict=replace',
  },
  'plugin-displaced': {
    means: "another installer's plugin had the name and was replaced",
    remedy: 'it comes back at uninstall; to leave it alone name it with --skip, or give --on-conflict=keep',
    page: '[who wins](ways-in.md#beside-another-installer)',
  },
  'plugin-overwritten': {
    means: 'somebody else wrote over a plugin that was placed, and it was put back',
    remedy: 'settle whose the name is, or it changes at every start of either',
    page: '[who wins](ways-in.md#beside-another-installer)',
  },
  'plugin-unjudged': {
    means:
      "another installer's plugin is a link out of our container (k3s, NixOS), and where it leads on the node could not be seen; it was kept",
    remedy: "mount the host's /proc at /host/proc, and give the container the capability SYS_PTRACE",
  },
  'broken-plugin-replaced': {
    means: "another installer's plugin did not work and was replaced, although conflicts are kept",
    remedy: 'its original waits among our originals and comes back at uninstall',
  },
  'plugin-dynamic': {
    means:
      'a plugin is dynamically linked and ran with the loader and libraries of our container; whether the node has them could not be seen',
    remedy:
      'use a statically linked build, as the archives of upstream have it; or let the container enter the node: hostPath /proc at /host/proc, and privileged',
  },
  'dhcp-daemon-absent': {
    means: 'the plugin `dhcp` is among those installed, and no daemon of it was found on the node',
    remedy:
      'keep its daemon on every node with the verb dhcp, or leave dhcp out with --skip: https://www.cni.dev/plugins/current/ipam/dhcp/',
    page: 'with our chart `dhcp.enabled=true`',
  },
  'plugin-left': {
    means:
      'a plugin is no longer wanted, but others have changed it since, or it may not be read; it stays as it is',
  },
  'plugin-called': {
    means: "a plugin of ours stays after uninstall, because the network of the node's pods calls it",
    remedy: 'leave it, or install it by other means; it is no longer ours',
  },
  'multus-removed': {
    means: 'what Multus had left on the node, its configuration first, is gone, as --cni-conf-dir asks',
  },
  'plugin-says-other-version': {
    means: 'a plugin calls itself by another version than its archive',
    remedy: 'see whether --cni-version and the archive belong together',
  },
  'bin-dir-read-only': {
    means:
      'the bin dir is read-only and has all requested plugins, as on an immutable system with plugins baked in; they are used as they are',
    remedy: 'nothing, where that is meant; else mount the bin dir writable',
  },
  'bin-dir-not-runtimes': {
    means:
      "the plugins are in a directory in which the node's runtime does not look for any: Multus is not called there, and networks fail",
    remedy: "mount the directory that the runtime's configuration names at --cni-bin-dir",
    page: 'with our chart `distribution`, or `paths.binDir`; see [ways-in.md](ways-in.md#helm)',
  },
  'spare-store-unfilled': {
    means: 'the second copy of the store could not be filled; the node itself is as wished',
    remedy: 'make room there, or let the container write there; the next start fills it',
  },
  'bin-dir-replaced': {
    means:
      'the bin dir was removed and made anew while `watch` was running; its container ends and is started again on the new one',
    remedy: 'nothing; the next start of the container puts the plugins back',
  },
  'plugins-removed': {
    means:
      'plugins are gone from the node, and pods whose network uses them can neither start nor be deleted',
    remedy:
      'delete such pods and the NetworkAttachmentDefinitions that name these plugins, or install them by other means',
  },
} as const satisfies Readonly<Record<string, MildEntry>>;

const repairedByInstall = {
  remedy: 'run install again; it repairs from the store of the node, without a network',
  page: 'in a cluster: restart our pod on that node',
};

export const driftCodes = {
  'plugin-absent': { means: 'a plugin that was placed is no longer there', ...repairedByInstall },
  'plugin-changed': { means: 'a plugin has other bytes than were placed', ...repairedByInstall },
  'plugin-mode-changed': {
    means: 'a plugin has other permission bits than it was given, such as setuid, or writable by all',
    remedy: `${repairedByInstall.remedy}; for bits that are wanted give --mode`,
    page: repairedByInstall.page,
  },
  'plugin-not-executable': { means: 'a plugin has lost its execute bit', ...repairedByInstall },
  'plugin-broken': { means: 'a plugin does not work', ...repairedByInstall },
  'plugin-foreign': {
    means: 'a requested plugin was placed by somebody else',
    remedy: 'run install to take it over, or leave it out with --skip',
    page: '[who wins](ways-in.md#beside-another-installer)',
  },
  'version-differs': {
    means: 'the node has another release than the one that is wished',
    remedy: 'run install again; where it keeps the earlier release, its report says why',
    page: 'in a cluster: restart our pod on that node; where it keeps the earlier release, its report says why',
  },
  'spare-store-damaged': {
    means: 'the second copy of the store lacks a plugin, or has it damaged',
    remedy: 'remove the file that is named, if it is there; the next install fills it again',
  },
  'original-missing': {
    means: 'what a plugin had displaced is no longer kept, so uninstall leaves ours there',
    remedy: 'uninstall leaves ours there, for it cannot give that one back',
  },
  'ledger-rebuilt': {
    means: "the node's record could not be read; what is ours was taken from the store and the disk",
    remedy: 'see what wrote there; the next change writes a new ledger',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
