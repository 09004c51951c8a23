// The host's own network as PID 1 sees it: readable without any privilege, from another network namespace too.

import { readFileSync, readlinkSync } from 'node:fs';
import type { ConnectedNetwork, HostNetwork } from '../node-facts.ts';
import { lookAt, mapSeen, type Seen, thenSeen, unseen } from '../seen.ts';

export function seeHostNetwork(procPath: string): HostNetwork {
  const textAt = (name: string): Seen<string> =>
    lookAt(`${procPath}/1/net/${name}`, () => readFileSync(`${procPath}/1/net/${name}`, 'utf8'));
  return {
    interfaces: seeInterfaces(procPath),
    addresses: mapSeen(textAt('fib_trie'), localAddresses),
    connected: mapSeen(textAt('route'), connectedNetworks),
    forwards: mapSeen(textAt('snmp'), forwardsIn),
    bridgeCallsIptables: bridgeCall(procPath),
    listening: mapSeen(textAt('unix'), listeningPaths),
  };
}

/** What networks of pods can stand on: not the ends of those pods' own. Undefined where it can't be read. */
export function nodeInterfaces(procPath: string): readonly string[] | undefined {
  const seen = seeInterfaces(procPath);
  return seen.seen ? seen.value.filter((name) => !podEnd.test(name)).slice(0, mostInterfaces) : undefined;
}

/** As container runtimes and the usual networks call the host's end of a pod's cable. */
const podEnd = /^(veth|cali|lxc|azv|gke|eni)[0-9a-f_]{6,}/;

const mostInterfaces = 256;

function seeInterfaces(procPath: string): Seen<readonly string[]> {
  const path = `${procPath}/1/net/dev`;
  return mapSeen(
    lookAt(path, () => readFileSync(path, 'utf8')),
    interfaceNames,
  );
}

/** proc_pid_net(5): two lines of heading, then a name before a colon on each line. */
export function interfaceNames(dev: string): readonly string[] {
  return dev
    .split('\n')
    .slice(2)
    .flatMap((line) => /^\s*(\S+):/.exec(line)?.[1] ?? []);
}

/** proc_pid_net(5) has no table of addresses; the routing table has each as a host route of its own. */
export function localAddresses(trie: string): readonly string[] {
  const found = trie.matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\n\s*\/32 host LOCAL/g);
  return [...new Set([...found].map(([, address = '']) => address))].filter((one) => !one.startsWith('127.'));
}

/** Addresses are numbers in the order of the machine's bytes, in hexadecimal; without a gateway the network is at the interface. */
export function connectedNetworks(route: string): readonly ConnectedNetwork[] {
  const rows = route
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
  return rows.flatMap(([interfaceName = '', to = '', gateway, , , , , mask = '']) =>
    gateway === '00000000' && mask !== '00000000'
      ? [{ interfaceName, subnet: `${dotted(to)}/${bitsOf(mask)}` }]
      : [],
  );
}

function dotted(hex: string): string {
  return Buffer.from(hex, 'hex').toReversed().join('.');
}

function bitsOf(hex: string): number {
  return Number.parseInt(hex, 16).toString(2).replaceAll('0', '').length;
}

/** RFC 1213, ipForwarding: 1 is a router. Unlike the sysctl it is told for PID 1, whoever reads it. */
export function forwardsIn(snmp: string): boolean {
  const [heading = '', values = ''] = snmp.split('\n').filter((line) => line.startsWith('Ip:'));
  return values.split(' ')[heading.split(' ').indexOf('Forwarding')] === '1';
}

/** Field 4 has bit 16 where somebody listens (unix(7), SO_ACCEPTCON); the path is the last field. */
export function listeningPaths(unix: string): readonly string[] {
  return unix
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , flags]) => flags === '00010000')
    .flatMap((fields) => fields[7] ?? []);
}

/** A sysctl shows the network namespace of whoever reads it. */
function bridgeCall(procPath: string): Seen<boolean> {
  const of = (pid: string): Seen<string> =>
    lookAt(`${procPath}/${pid}/ns/net`, () => readlinkSync(`${procPath}/${pid}/ns/net`));
  const path = `${procPath}/sys/net/bridge/bridge-nf-call-iptables`;
  return thenSeen(of('self'), (own) =>
    thenSeen(of('1'), (host) =>
      own === host
        ? lookAt(path, () => readFileSync(path, 'utf8').trim() === '1')
        : unseen("this container's network namespace is not the host's"),
    ),
  );
}
