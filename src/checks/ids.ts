// Every check by its id: a closed union, by family. Ids are an interface: they stand in JSON, in alerts and in the pages.

export const kernelModules = [
  'macvlan',
  'ipvlan',
  'vlan',
  'vrf',
  'dummy',
  'tap',
  'bridge',
  'br_netfilter',
  'nf_tables',
] as const;

export type KernelModule = (typeof kernelModules)[number];

export type BinDirId =
  | 'bin-dir-absent'
  | 'bin-dir-detached'
  | 'bin-dir-not-runtimes'
  | 'bin-dir-read-only'
  | 'bin-dir-noexec'
  | 'bin-dir-nosuid-modes'
  | 'bin-dir-owner'
  | 'bin-dir-space'
  | 'bin-dir-inodes';

export type PluginId =
  | 'plugin-absent'
  | 'plugin-broken'
  | 'plugin-not-executable'
  | 'plugin-wrong-architecture'
  | 'plugin-truncated'
  | 'plugin-interpreter-missing'
  | 'plugin-dangling-link'
  | 'plugin-changed'
  | 'plugin-foreign'
  | 'plugin-setuid'
  | 'plugin-mode-changed'
  | 'plugin-mixed-releases'
  | 'stale-temp';

export type MountId =
  | 'mount-not-shared'
  | 'runtime-in-own-mount-namespace'
  | 'host-proc-absent'
  | 'host-proc-hidden'
  | 'selinux-denies'
  | 'apparmor-denies-mount';

export type KernelId =
  | `module-missing-${KernelModule}`
  | 'sysctl-inotify-instances'
  | 'sysctl-inotify-watches'
  | 'sysctl-ip-forward'
  | 'sysctl-bridge-nf';

export type ConfId = 'cni-conf-absent' | 'cni-conf-invalid' | 'bridge-address-differs';

export type SpecId = 'cni-conf-spec-unsupported' | 'plugin-spec-unsupported';

export type StatusId = 'plugin-status';

export type MultusId =
  | 'multus-not-first'
  | 'multus-conf-unreadable'
  | 'multus-kubeconfig-absent'
  | 'multus-token-expired'
  | 'multus-token-expires-soon'
  | 'multus-server-changed'
  | 'multus-daemon-down'
  | 'multus-oom'
  | 'multus-shim-version-skew'
  | 'readiness-indicator-absent'
  | 'cluster-network-absent';

export type NadId =
  | 'nad-invalid-json'
  | 'nad-without-type'
  | 'nad-name-mismatch'
  | 'nad-absent'
  | 'nad-plugin-absent'
  | 'nad-master-absent'
  | 'nad-master-both-macvlan-ipvlan';

export type IpamId = 'nad-ipam-exhausted' | 'nad-ipam-range-invalid' | 'nad-ipam-overlaps-host';

export type DhcpId =
  | 'dhcp-daemon-absent'
  | 'dhcp-dead-socket'
  | 'dhcp-no-netns'
  | 'dhcp-two-daemons'
  | 'dhcp-leases-orphaned'
  | 'dhcp-address-moved';

export type RecordId =
  | 'rival-installer'
  | 'two-of-us'
  | 'store-damaged'
  | 'spare-store-damaged'
  | 'ledger-newer'
  | 'ledger-rebuilt'
  | 'original-missing';

export type ReleaseId =
  | 'release-advisory'
  | 'release-behind-kubernetes'
  | 'release-unknown'
  | 'loopback-too-old-for-containerd'
  | 'containerd-1.6.0-1.6.3';

export type DistributionId = 'wsl2' | 'lxc' | 'openshift-managed' | 'talos' | 'nixos-wipes' | 'rke2-k3s-path';

export type CheckId =
  | BinDirId
  | PluginId
  | MountId
  | KernelId
  | ConfId
  | SpecId
  | StatusId
  | MultusId
  | NadId
  | IpamId
  | DhcpId
  | RecordId
  | ReleaseId
  | DistributionId;
