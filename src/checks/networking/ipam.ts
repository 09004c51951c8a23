// Checks of address ranges: possible at all, not the node's own, not used up. Pure.

import type { AddressRange, Network } from '../../cluster/objects.ts';
import { delegatesOf } from '../../facts/cni-conf.ts';
import type { NodeFacts } from '../../facts/node-facts.ts';
import { type Address, contains, parseAddress, parseSubnet, type Subnet } from '../../lib/ip-range.ts';
import { type Check, type Checks, listed, noneOf, ok, type CheckEnd, whereSeen } from '../check.ts';
import type { IpamId } from '../ids.ts';
import { networksOfNads, whereNads } from './nads.ts';

interface NadRange {
  readonly id: string;
  /** Of the network, by which host-local keeps what it gave out. */
  readonly network: string | undefined;
  readonly range: AddressRange;
}

function rangesAmong(networks: readonly { readonly id: string; readonly network: Network }[]): NadRange[] {
  return networks.flatMap(({ id, network }) =>
    network.plugins.flatMap(({ ranges }) => ranges.map((range) => ({ id, network: network.name, range }))),
  );
}

function whereRanges(facts: NodeFacts, decide: (ranges: readonly NadRange[]) => CheckEnd): CheckEnd {
  return whereNads(facts, (nads) => decide(rangesAmong(networksOfNads(nads))));
}

const rangeInvalid: Check = {
  severity: 'error',
  means: 'a range of addresses in a NAD cannot be: no subnet, outside of it, or its start behind its end',
  judge: (facts) =>
    whereRanges(facts, (ranges) => {
      const wrong = ranges.flatMap(({ id, range }) => {
        const because = whyInvalid(range);
        return because === undefined ? [] : [{ id, because }];
      });
      return noneOf(wrong, (found) => ({
        message: `the range of NAD ${found[0].id} can't be: ${found[0].because}`,
        remedy: 'correct `rangeStart` and `rangeEnd`: both within `subnet`, the start before the end',
        evidence: found.map(({ id, because }) => `${id}: ${because}`),
      }));
    }),
};

function whyInvalid({ subnet, start, end }: AddressRange): string | undefined {
  const net = subnet === undefined ? undefined : parseSubnet(subnet);
  if (net === undefined) return subnet === undefined ? 'it has no subnet' : `${subnet} is not a subnet`;
  const edges = Object.entries({ rangeStart: start, rangeEnd: end });
  for (const [name, text] of edges) {
    const address = text === undefined ? undefined : parseAddress(text);
    if (text !== undefined && address === undefined) return `${name} ${text} is not an address`;
    if (address !== undefined && !contains(net, address)) return `${name} ${text} is not in ${subnet}`;
  }
  const [from, to] = [start, end].map((text) => (text === undefined ? undefined : parseAddress(text)));
  return from !== undefined && to !== undefined && from.value > to.value
    ? `rangeStart ${start} is behind rangeEnd ${end}`
    : undefined;
}

/** Of host-local: from the start to the end, else the subnet without its first and its last (and the gateway). */
function sizeOf({ subnet, start, end }: AddressRange): bigint | undefined {
  const net = parseSubnet(subnet ?? '');
  if (net === undefined || whyInvalid({ subnet, start, end }) !== undefined) return undefined;
  const from = start === undefined ? net.first + 1n : valueOf(start, net);
  const to = end === undefined ? net.last - 1n : valueOf(end, net);
  return to < from ? 0n : to - from + 1n;
}

function valueOf(text: string, { first }: Subnet): bigint {
  return parseAddress(text)?.value ?? first;
}

/** Of NADs, and of the configurations of the node itself. */
function rangesHere({ conf, cluster }: NodeFacts): NadRange[] {
  const files = conf.seen ? conf.value.files : [];
  const own = files.flatMap((file) =>
    (file.usable ? [file.network, ...delegatesOf(file)] : []).map((network) => ({ id: file.file, network })),
  );
  const nads = cluster.seen ? networksOfNads(cluster.value.attachments) : [];
  return rangesAmong([...own, ...nads.map(({ id, network }) => ({ id: `NAD ${id}`, network }))]);
}

const exhausted: Check = {
  severity: 'error',
  means: 'host-local has given out every address of a range on this node',
  judge: (facts) => {
    const byNetwork = [...Map.groupBy(rangesHere(facts), ({ network }) => network ?? '')].filter(
      ([name]) => name !== '',
    );
    if (byNetwork.length === 0) return whereRanges(facts, () => ok);
    return whereSeen(facts.host, ({ files }) =>
      whereSeen(files.leases, (leases) => {
        const full = byNetwork.filter(([name, of]) => isFull(of, leases.get(name) ?? 0));
        return noneOf(full, (found) => ({
          message: `every address of network ${listed(found.map(([name]) => name))} is given out on this node`,
          remedy: `widen the range in ${found[0][1][0]?.id ?? ''}; addresses of pods that are gone lie in /var/lib/cni/networks/${found[0][0]} of the host`,
        }));
      }),
    );
  },
};

function isFull(ranges: readonly NadRange[], given: number): boolean {
  const sizes = ranges.map(({ range }) => sizeOf(range));
  if (sizes.includes(undefined)) return false;
  return BigInt(given) >= sizes.reduce<bigint>((sum, size) => sum + (size ?? 0n), 0n);
}

const overlapsHost: Check = {
  severity: 'warning',
  means: 'a NAD may give a pod an address that the node itself has',
  judge: (facts) =>
    whereRanges(facts, (ranges) =>
      whereSeen(facts.host, ({ network }) =>
        whereSeen(network.addresses, (own) => {
          const clashes = ranges.flatMap(({ id, range }) =>
            own.filter((text) => isGivenOut(text, range)).map((address) => ({ id, address })),
          );
          return noneOf(clashes, (found) => ({
            message: `NAD ${found[0].id} may give out ${found[0].address}, which this node has itself`,
            remedy: `leave ${found[0].address} out with \`rangeStart\` and \`rangeEnd\``,
            evidence: found.map(({ id, address }) => `${id}: ${address}`),
          }));
        }),
      ),
    ),
};

function isGivenOut(text: string, range: AddressRange): boolean {
  const address = parseAddress(text);
  const net = parseSubnet(range.subnet ?? '');
  if (address === undefined || net === undefined || whyInvalid(range) !== undefined) return false;
  const [from, to] = [valueOf(range.start ?? '', net), lastAddress(range.end, net)];
  return isWithin(address, net, { from, to });
}

function lastAddress(end: string | undefined, { last }: Subnet): bigint {
  return end === undefined ? last : (parseAddress(end)?.value ?? last);
}

function isWithin(address: Address, net: Subnet, { from, to }: { from: bigint; to: bigint }): boolean {
  return contains(net, address) && from <= address.value && address.value <= to;
}

export const ipamChecks: Checks<IpamId> = {
  'nad-ipam-exhausted': exhausted,
  'nad-ipam-range-invalid': rangeInvalid,
  'nad-ipam-overlaps-host': overlapsHost,
};
