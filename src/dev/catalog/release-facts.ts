// What people found out about releases: the hand-kept part of catalog.json, each statement with its source.

import type { CatalogFile, Refusal, RuntimeRecord } from '../../release/catalog-file.ts';

export interface ReleaseFacts extends Omit<CatalogFile, 'releases'> {
  readonly notes: Readonly<Record<string, readonly string[]>>;
  readonly refused: Readonly<Record<string, Refusal>>;
}

const ranAsRunner = (kept: string): string =>
  `${kept} the CI runner's user (plugins#1053): unpacking as root with owners kept hands the directory to uid 1001`;

const sameCommitAs = (broken: string): string =>
  `made from the same commit as the broken ${broken}; the binaries differ by the version they carry`;

/** Notes for operators. `plugins#N` is an issue or pull request of containernetworking/plugins. */
const notes: ReleaseFacts['notes'] = {
  'v0.8.0': ['no digest of upstream was found; the arm64 archive of edgefarm under this name is a repack'],
  'v1.0.0': [
    'flannel is gone from the archive (now flannel-io/cni-plugin)',
    'spec lists are broken: firewall speaks only 0.4.0, vrf only 0.3.1 and 0.4.0, bandwidth lacks 0.4.0; v1.0.1 repairs them',
  ],
  'v1.0.1': ['repairs the spec lists of v1.0.0'],
  'v1.3.0': ['bridge: VLAN trunks, and preserveDefaultVlan with the default true'],
  'v1.4.0': ['host-local writes its files with mode 0600'],
  'v1.4.1': [
    'upstream replaced the archives about 2024-05-14 (plugins#1038); the k8s-artifacts-cni bucket still serves the first ones (plugins#1194), so both generations are accepted; prefer v1.5.1 or later',
    'binaries of the first generation call themselves version unknown',
    'the archive also has LICENSE and README.md from here on',
    ranAsRunner('members and directory belong to'),
  ],
  'v1.5.0': [
    'bandwidth: subnet exclusion by HTB, taken back in v1.6.0 (plugins#1105)',
    ranAsRunner('members and directory belong to'),
    'the s390x digest is inferred: kubernetes/kubernetes lists it under v1.6.0 together with three v1.5.0 digests',
  ],
  'v1.5.1': [
    'the Windows archives came a week later (plugins#1059); the Linux digests did not change',
    ranAsRunner('the directory entry belongs to'),
  ],
  'v1.6.0': [
    'CNI spec 1.1.0; nftables backend for portmap and ipMasq (plugins#935)',
    'the rules of the nftables backend are repaired in v1.6.2 (plugins#1115, plugins#1116)',
    "bandwidth: v1.5.0's subnet exclusion is taken back (plugins#1105)",
  ],
  'v1.6.1': ['GitHub made two parallel releases and split the archives between them (plugins#1126)'],
  'v1.6.2': [sameCommitAs('v1.6.1'), 'repairs the nftables rules of v1.6.0 (plugins#1115, plugins#1116)'],
  'v1.7.0': ['GitHub made two parallel releases, archives are missing (plugins#1173)'],
  'v1.7.1': [
    sameCommitAs('v1.7.0'),
    'firewall: ingressPolicy isolated; bridge: port isolation; netlink calls survive EINTR',
  ],
  'v1.8.0': [
    'bridge: the default of preserveDefaultVlan becomes false (commit 48a4ae5a); state it where VLAN bridges rely on it',
  ],
  'v1.9.0': ['repairs CVE-2025-67499 (plugins#1210)'],
  'v1.9.1': [
    'vrf: route repair; bandwidth: CHECK no longer crashes; selinux library raised for CVE-2025-52881',
    'STATUS is answered by bridge, dummy, host-device, ipvlan, macvlan, ptp, tap and vlan; GC by none',
  ],
};

const refused: ReleaseFacts['refused'] = {
  'v1.6.1': {
    reason:
      'upstream broke this release: the linux archives for amd64 and arm64 are gone (plugins#1126, plugins#1136)',
    take: 'v1.6.2',
  },
  'v1.7.0': {
    reason: 'upstream broke this release: its archives are incomplete (plugins#1173)',
    take: 'v1.7.1',
  },
};

const advisories: ReleaseFacts['advisories'] = {
  'CVE-2025-67499': {
    from: 'v1.6.0',
    fixedIn: 'v1.9.0',
    summary:
      'portmap with the nftables backend intercepts traffic that is not meant for the node; configurations without that backend are not affected',
    url: 'https://github.com/containernetworking/plugins/security/advisories/GHSA-jv3w-x3r3-g6rm',
  },
};

/** Pins of kubernetes/kubernetes (build/dependencies.yaml, cluster/gce, hack); for 1.23 to 1.26 none was found. */
const kubernetes: ReleaseFacts['kubernetes'] = {
  '1.17': { version: 'v0.8.6', evidence: 'k/k PR 91386 (v0.7.5 before)' },
  '1.18': { version: 'v0.8.6', evidence: 'k/k PR 91387 (v0.8.5 before)' },
  '1.19': { version: 'v0.8.7', evidence: 'k/k PR 94677 (v0.8.6 before)' },
  '1.20': { version: 'v0.8.7', evidence: 'k/k PR 94367' },
  '1.21': { version: 'v0.8.7', evidence: 'k/k issue 102311' },
  '1.22': { version: 'v0.9.1', evidence: 'k/k PR 102328' },
  '1.27': { version: 'v1.2.0', evidence: 'k/k PR 115125; branch inferred from its date' },
  '1.28': { version: 'v1.2.0', evidence: 'k/k PR 119969, the value it replaces' },
  '1.29': { version: 'v1.3.0', evidence: 'k/k PR 119969' },
  '1.30': { version: 'v1.4.0', evidence: 'k/k PR 122178' },
  '1.31': { version: 'v1.5.0', evidence: 'k/k PR 125113' },
  '1.32': { version: 'v1.6.0', evidence: 'k/k PR 128091' },
  '1.33': { version: 'v1.6.2', evidence: 'k/k PR 129776' },
  '1.34': { version: 'v1.7.1', evidence: 'k/k PR 131602' },
  '1.35': { version: 'v1.8.0', evidence: 'k/k PR 133837' },
  '1.36': { version: 'v1.9.1', evidence: 'k/k cluster/gce/gci/configure.sh at 008b3652; kops PR 18705' },
};

const modFiles = 'libcni in go.mod or vendor.conf at the tags';

/** libcni 0.7 to 0.8 reads the spec up to 0.4.0, 1.0 and 1.1 up to 1.0.0, 1.2 and later up to 1.1.0. */
function runtime(libcni: string, specVersion: string, more: Partial<RuntimeRecord> = {}): RuntimeRecord {
  return { libcni, specVersion, evidence: modFiles, ...more };
}

/** Kubernetes' page "Troubleshooting CNI plugin-related errors". */
const newLoopback = {
  note: 'needs the loopback plugin of v1.0.0 or later',
  loopbackFrom: 'v1.0.0',
};

const oldCrio = runtime('0.7.2-pre to 0.8.1', '0.4.0');
const middleCrio = runtime('1.0.1 to 1.1.2', '1.0.0');

const runtimes: ReleaseFacts['runtimes'] = {
  containerd: {
    '1.3': runtime('0.7.1', '0.4.0'),
    '1.4': runtime('0.7.1 to 0.8.0', '0.4.0'),
    '1.5': runtime('0.8.1', '0.4.0'),
    '1.6': runtime('1.0.1 to 1.1.1', '1.0.0', {
      testedWith: 'v1.0.1, v1.1.1',
      ...newLoopback,
      note: `${newLoopback.note}; before 1.6.4 a pod can get stuck while it is taken down`,
    }),
    '1.7': runtime('1.1.2', '1.0.0', { testedWith: 'v1.2.0', ...newLoopback }),
    '2.0': runtime('1.2.3', '1.1.0', { testedWith: 'v1.5.1', ...newLoopback }),
    '2.1': runtime('1.3.0', '1.1.0', { testedWith: 'v1.7.1 to v1.9.0', ...newLoopback }),
    '2.2': runtime('1.3.0', '1.1.0', { testedWith: 'v1.8.0 to v1.9.0', ...newLoopback }),
    '2.3': runtime('1.3.0', '1.1.0', { testedWith: 'v1.9.1', ...newLoopback }),
  },
  'cri-o': {
    '1.18': oldCrio,
    '1.19': oldCrio,
    '1.20': oldCrio,
    '1.21': oldCrio,
    '1.22': oldCrio,
    '1.23': middleCrio,
    '1.24': middleCrio,
    '1.25': middleCrio,
    '1.26': middleCrio,
    '1.27': middleCrio,
    '1.28': { ...middleCrio, testedWith: 'v1.3.0' },
    '1.29': { ...middleCrio, testedWith: 'v1.4.0' },
    '1.30': { ...middleCrio, testedWith: 'v1.4.1' },
    '1.31': runtime('1.2.3', '1.1.0', { testedWith: 'v1.5.1' }),
    '1.32': runtime('1.2.3', '1.1.0', { testedWith: 'v1.6.1' }),
    '1.33': runtime('1.3.0', '1.1.0', { testedWith: 'v1.7.1' }),
    '1.34': runtime('1.3.0', '1.1.0', { testedWith: 'v1.8.0' }),
    '1.35': runtime('1.3.0', '1.1.0', { testedWith: 'v1.9.0' }),
    '1.36': runtime('1.3.0', '1.1.0', { testedWith: 'v1.9.0' }),
  },
};

export const releaseFacts: ReleaseFacts = { notes, refused, advisories, kubernetes, runtimes };
