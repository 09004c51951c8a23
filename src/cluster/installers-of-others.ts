// Who else places plugins: DaemonSets that may write into a bin dir, what they are known to place, and how they are kept from it. Pure.

import type { DaemonSetView } from './objects.ts';

export interface KnownInstaller {
  /** Its own setting, in words. */
  readonly setting: string;
  /** Plugins that it places, besides its own. */
  readonly places: readonly string[];
}

const referencePlugins = ['bandwidth', 'host-local', 'loopback', 'portmap', 'tuning'];

/** By their image. */
const known: readonly (readonly [image: RegExp, installer: KnownInstaller])[] = [
  [
    /calico\/cni|calico-cni/,
    { setting: 'SKIP_CNI_BINARIES of its container install-cni', places: [...referencePlugins, 'flannel'] },
  ],
  [/cilium\/cilium/, { setting: '`cni.exclusive=false` of its chart', places: ['loopback'] }],
  [
    /hardened-cni-plugins|rke2/,
    {
      setting: '`--skip` of ours for the names that RKE2 places',
      places: [...referencePlugins, 'bridge', 'dhcp', 'host-device', 'ipvlan', 'macvlan', 'static', 'vlan'],
    },
  ],
  [/flannel-cni-plugin/, { setting: 'nothing: it places only `flannel`', places: ['flannel'] }],
  [
    /(^|\/)(ib-)?sriov-cni|whereabouts|ovs-cni|rdma-cni|bond-cni|route-override-cni/,
    { setting: 'nothing: it places only what is its own', places: [] },
  ],
  [
    /network-addons|cluster-network-addons/,
    { setting: '`linuxBridge` left out of its NetworkAddonsConfig', places: ['bridge', 'tuning'] },
  ],
];

export function knownInstaller({ images }: Pick<DaemonSetView, 'images'>): KnownInstaller | undefined {
  return known.find(([image]) => images.some((one) => image.test(one)))?.[1];
}

/** Multus places its own program, and needs to. */
export function isOfOthers({ images }: Pick<DaemonSetView, 'images'>): boolean {
  return !images.some((image) => /multus|cni-plugins-installer/.test(image));
}
