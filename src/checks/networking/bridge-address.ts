// Whether a bridge of the node has the addresses of the configuration that uses it now, or of an earlier one. Pure.

import { textIn } from '../../cluster/json-value.ts';
import type { NetworkPlugin } from '../../cluster/objects.ts';
import type { NodeFacts } from '../../facts/node-facts.ts';
import { parseSubnet } from '../../lib/ip-range.ts';
import { type Check, moot, noneOf, whereSeen } from '../check.ts';
import { networksIn } from '../node/kernel.ts';

interface Gateway {
  readonly bridge: string;
  readonly subnets: readonly string[];
}

/** Bridges that take an address of the subnet for themselves. */
function gatewaysIn(facts: NodeFacts): Gateway[] {
  return networksIn(facts)
    .flatMap(({ plugins }) => plugins)
    .filter(isGateway)
    .map(({ raw, ranges }) => ({
      bridge: textIn(raw, 'bridge') ?? 'cni0',
      subnets: ranges.flatMap(({ subnet }) => (subnet === undefined || subnet.includes(':') ? [] : [subnet])),
    }))
    .filter(({ subnets }) => subnets.length > 0);
}

function isGateway({ type, raw }: NetworkPlugin): boolean {
  return (
    type === 'bridge' &&
    (raw['isGateway'] === true || raw['isDefaultGateway'] === true || raw['ipMasq'] === true)
  );
}

export const bridgeAddress: Check = {
  severity: 'error',
  means:
    'a bridge is left of an earlier configuration, with the address of another subnet: no pod gets onto it',
  judge: (facts) =>
    whereSeen(facts.host, ({ network }) => {
      const gateways = gatewaysIn(facts);
      if (gateways.length === 0) return moot('no bridge with a subnet of its own is configured');
      return whereSeen(network.connected, (connected) => {
        const differing = gateways.flatMap(({ bridge, subnets }) => {
          const has = connected
            .filter(({ interfaceName }) => interfaceName === bridge)
            .map(({ subnet }) => subnet);
          const same = has.some((one) => subnets.some((wanted) => firstOf(wanted) === firstOf(one)));
          return has.length === 0 || same ? [] : [{ bridge, has, subnets }];
        });
        return noneOf(differing, (found) => ({
          message: `${found[0].bridge} is in ${found[0].has.join(', ')}, and its configuration says ${found[0].subnets.join(', ')}`,
          remedy: `\`ip link delete ${found[0].bridge}\` on the host, once no pod is on it: the next pod makes it anew`,
          subjects: found.map(({ bridge }) => bridge),
        }));
      });
    }),
};

function firstOf(subnet: string): bigint | undefined {
  return parseSubnet(subnet)?.first;
}
