// The CNI configurations of the tests' nodes, as a cluster's network provider would write them.

import type { CniConfig } from '../../throwaway-node/node.ts';

/** Pods side by side on the node's eth0, with addresses of its network. */
export const macvlanNetwork: CniConfig = {
  cniVersion: '0.4.0',
  name: 'macvlan-net',
  plugins: [
    {
      type: 'macvlan',
      master: 'eth0',
      mode: 'bridge',
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '172.31.255.0/24', rangeStart: '172.31.255.100', rangeEnd: '172.31.255.200' }]],
      },
    },
  ],
};

/** Pods behind a bridge whose other side is the node. */
export const bridgeNetwork: CniConfig = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.244.0.0/24' }]] },
    },
  ],
};
