// Checks of the kernel: parts that the wanted plugins need, and limits that daemons run into. Pure.

import type { Network } from '../../cluster/objects.ts';
import { delegatesOf } from '../../facts/cni-conf.ts';
import type { KernelPart } from '../../facts/host/kernel.ts';
import type { KernelFacts, NodeFacts } from '../../facts/node-facts.ts';
import { nameOfWanter } from '../../facts/wanted.ts';
import {
  type Check,
  type Checks,
  finding,
  listed,
  ok,
  skipped,
  type CheckEnd,
  whereSeen,
  moot,
} from '../check.ts';
import { type KernelId, type KernelModule, kernelModules } from '../ids.ts';

interface Part extends KernelPart {
  /** Plugins that can do nothing without it. */
  readonly plugins: readonly string[];
}

/** Symbols are functions that the part has had for as long as the plugins exist. */
const parts: Readonly<Record<KernelModule, Part>> = {
  macvlan: { module: 'macvlan', symbol: 'macvlan_common_newlink', option: 'MACVLAN', plugins: ['macvlan'] },
  ipvlan: { module: 'ipvlan', symbol: 'ipvlan_link_new', option: 'IPVLAN', plugins: ['ipvlan'] },
  vlan: { module: '8021q', symbol: 'register_vlan_dev', option: 'VLAN_8021Q', plugins: ['vlan'] },
  vrf: { module: 'vrf', symbol: 'vrf_newlink', option: 'NET_VRF', plugins: ['vrf'] },
  dummy: { module: 'dummy', symbol: 'dummy_xmit', option: 'DUMMY', plugins: ['dummy'] },
  tap: { module: 'tun', symbol: 'tun_chr_open', option: 'TUN', plugins: ['tap'] },
  bridge: { module: 'bridge', symbol: 'br_add_bridge', option: 'BRIDGE', plugins: ['bridge'] },
  br_netfilter: {
    module: 'br_netfilter',
    symbol: 'br_nf_pre_routing',
    option: 'BRIDGE_NETFILTER',
    plugins: [],
  },
  nf_tables: { module: 'nf_tables', symbol: 'nft_do_chain', option: 'NF_TABLES', plugins: [] },
};

/** What a reader of the kernel has to look for. */
export const kernelParts: readonly KernelPart[] = Object.values(parts);

/** Every configuration that is known to be used here: of the conf dir, within Multus', and of the NADs. */
export function networksIn({ conf, cluster }: NodeFacts): readonly Network[] {
  const files = conf.seen ? conf.value.files : [];
  const attachments = cluster.seen ? cluster.value.attachments : [];
  return [
    ...files.flatMap((file) => (file.usable ? [file.network, ...delegatesOf(file)] : [])),
    ...attachments.flatMap(({ config }) => (config.kind === 'network' ? [config.network] : [])),
  ];
}

function pluginsOfNetworks(facts: NodeFacts): readonly Network['plugins'][number][] {
  return networksIn(facts).flatMap(({ plugins }) => plugins);
}

function masquerades(facts: NodeFacts): boolean {
  return pluginsOfNetworks(facts).some(({ type, raw }) => type === 'bridge' && raw['ipMasq'] === true);
}

/** Who needs the part, in words. What is only installed, and not configured, needs nothing. */
function usersOf(name: KernelModule, facts: NodeFacts): readonly string[] {
  if (name === 'nf_tables') return usesNftables(facts) ? ['a configuration with the nftables backend'] : [];
  if (name === 'br_netfilter') return masquerades(facts) ? ['a bridge with ipMasq'] : [];
  const users = facts.plugins.filter((plugin) => parts[name].plugins.includes(plugin.name));
  return users.flatMap(({ by }) => by.filter(({ who }) => who !== 'record').map(nameOfWanter));
}

/** `portmap` says `backend`, `bridge` says `ipMasqBackend`. */
export function usesNftables(facts: NodeFacts): boolean {
  return pluginsOfNetworks(facts).some(({ raw }) =>
    [raw['backend'], raw['ipMasqBackend']].some((word) => word === 'nftables'),
  );
}

type Presence = 'there' | 'on-demand' | 'missing' | 'unknown';

/** Loaded, else built in, else to be loaded on demand; only a configuration that can be read says that it lacks. */
export function presenceOf({ module, symbol, option }: KernelPart, kernel: KernelFacts): Presence {
  if (kernel.modules.seen && kernel.modules.value.has(module)) return 'there';
  if (kernel.symbols.seen && kernel.symbols.value.has(symbol)) return 'there';
  if (!kernel.config.seen) return 'unknown';
  const value = kernel.config.value.get(option);
  if (value === undefined) return 'missing';
  return value === 'y' ? 'there' : 'on-demand';
}

function moduleCheck(name: KernelModule): Check {
  const part = parts[name];
  return {
    // Pods have their networks without it; it is Services that are not reached.
    severity: name === 'br_netfilter' ? 'warning' : 'error',
    means: `a network that is used here needs \`${part.module}\`, which this kernel does not have`,
    judge: (facts) =>
      whereSeen(facts.host, ({ kernel }) => {
        const users = usersOf(name, facts);
        if (users.length === 0) return moot(`nothing that is configured here needs ${part.module}`);
        return judgePart(part, kernel, users);
      }),
  };
}

function judgePart(part: Part, kernel: KernelFacts, users: readonly string[]): CheckEnd {
  switch (presenceOf(part, kernel)) {
    case 'there':
    case 'on-demand':
      return ok;
    case 'unknown':
      return skipped(
        `${part.module} is neither loaded nor built in, and whether it would be loaded on demand can't be told from here`,
        `see whether \`modprobe ${part.module}\` succeeds on the host`,
      );
    case 'missing':
      return finding({
        message: `this kernel${kernel.release.seen ? ` (${kernel.release.value})` : ''} has no ${part.module}: CONFIG_${part.option} is not set`,
        remedy: `take a kernel with CONFIG_${part.option}; many distributions have further modules in a package of their own`,
        ...(part.plugins.length > 0 && { subjects: part.plugins }),
        evidence: [`needed by ${listed([...new Set(users)])}`],
      });
  }
}

interface Limit {
  /** The kernel's own default, which many nodes have and get along with, until somebody is refused one. */
  readonly usual: number;
  readonly advised: number;
}

function inotifyCheck(what: 'instances' | 'watches', { usual, advised }: Limit): Check {
  const name = `fs.inotify.max_user_${what}`;
  return {
    severity: 'warning',
    means: `the node allows so few inotify ${what} that a runtime or a daemon may not get one: "too many open files"`,
    judge: ({ host, asked }) =>
      whereSeen(host, ({ kernel }) =>
        whereSeen(what === 'instances' ? kernel.inotifyInstances : kernel.inotifyWatches, (limit) =>
          limit > usual || (limit === usual && !asked.inotify)
            ? ok
            : finding({
                message: `${name} is ${limit}, which all containers of root on this node share`,
                remedy: `\`sysctl -w ${name}=${advised}\` on the host, and the same line in /etc/sysctl.d`,
              }),
        ),
      ),
  };
}

const ipForward: Check = {
  severity: 'warning',
  means: 'a bridge hides its pods behind the address of the node, which does not forward',
  judge: (facts) =>
    whereSeen(facts.host, ({ network }) =>
      whereSeen(network.forwards, (forwards) => {
        if (!masquerades(facts)) return moot('no bridge with ipMasq is configured');
        if (forwards) return ok;
        return finding({
          message:
            'net.ipv4.ip_forward is 0, and a bridge with ipMasq is configured: its pods reach nothing else',
          remedy: '`sysctl -w net.ipv4.ip_forward=1` on the host, and the same line in /etc/sysctl.d',
        });
      }),
    ),
};

const bridgeNf: Check = {
  severity: 'warning',
  means: 'traffic between pods of a bridge passes the host without its iptables rules',
  judge: (facts) =>
    whereSeen(facts.host, ({ network }) => {
      if (!masquerades(facts)) return moot('no bridge with ipMasq is configured');
      return whereSeen(network.bridgeCallsIptables, (calls) =>
        calls
          ? ok
          : finding({
              message:
                'net.bridge.bridge-nf-call-iptables is 0: Services are not translated within the bridge',
              because: 'module-missing-br_netfilter',
              remedy:
                '`sysctl -w net.bridge.bridge-nf-call-iptables=1` on the host, and the same line in /etc/sysctl.d',
            }),
      );
    }),
};

export const kernelChecks: Checks<KernelId> = {
  ...(Object.fromEntries(
    kernelModules.map((name) => [`module-missing-${name}`, moduleCheck(name)]),
  ) as Checks<`module-missing-${KernelModule}`>),
  'sysctl-inotify-instances': inotifyCheck('instances', { usual: 128, advised: 1024 }),
  'sysctl-inotify-watches': inotifyCheck('watches', { usual: 8192, advised: 524_288 }),
  'sysctl-ip-forward': ipForward,
  'sysctl-bridge-nf': bridgeNf,
};
