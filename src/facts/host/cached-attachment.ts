// What libcni remembers of an attachment whose address came by DHCP. Pure.
//
// libcni writes a file for each attachment, `cniCacheV1`, since 0.8: the configuration as it was given to it (base64), the result,
// the container, and since 1.2 the network namespace. Multus has its own directory of them, by the same library. What came
// before that had the result alone: nothing of it says by which plugin the address came, so it is not read.

import { recordIn, recordsIn, textIn } from '../../cluster/json-value.ts';
import { isRecord, recordOfText } from '../../lib/record.ts';

export interface CachedAttachment {
  readonly container: string;
  readonly network: string;
  readonly interfaceName: string;
  /** A path of the host. */
  readonly netns: string;
  /** `namespace/name`; undefined where the runtime did not say. */
  readonly pod: string | undefined;
  /** As `CNI_ARGS` has them. */
  readonly cniArgs: string;
  /** Of the plugin that asks for the address: with name and version, as the plugin is given it. */
  readonly pluginConfig: CachedJson;
  /** Where that plugin looks for its daemon, a path of the host. */
  readonly daemonSocket: string;
  readonly result: CachedJson;
  /** IPv4, without the length of the prefix. */
  readonly addresses: readonly string[];
}

type CachedJson = Readonly<Record<string, unknown>>;

/** Directories of the host's /var/lib/cni that have such files. */
export const cacheDirectories = ['results', 'multus/results'] as const;

const usualSocket = '/run/cni/dhcp.sock';

/** Undefined for a file of anything else. */
export function cachedDhcpAttachment(text: string): CachedAttachment | undefined {
  const cached = recordOfText(text);
  if (cached === undefined) return undefined;
  const pluginConfig = dhcpPluginIn(cached);
  const result = recordIn(cached, 'result');
  const container = textIn(cached, 'containerId');
  const interfaceName = textIn(cached, 'ifName');
  const netns = netnsIn(cached, interfaceName);
  if (pluginConfig === undefined || !container || !interfaceName || !netns) return undefined;
  return {
    container,
    network: textIn(pluginConfig, 'name') ?? '',
    interfaceName,
    netns,
    pod: podIn(cached),
    cniArgs: argsIn(cached)
      .map(([key, value]) => `${key}=${value}`)
      .join(';'),
    pluginConfig,
    daemonSocket: textIn(recordIn(pluginConfig, 'ipam'), 'daemonSocketPath') || usualSocket,
    result,
    addresses: addressesIn(result),
  };
}

/** Of a list libcni gives each plugin the name and the version of the whole (libcni, buildOneConfig). */
function dhcpPluginIn(cached: CachedJson): CachedJson | undefined {
  const config = recordOfText(Buffer.from(textIn(cached, 'config') ?? '', 'base64').toString('utf8'));
  if (config === undefined) return undefined;
  const plugins = 'plugins' in config ? recordsIn(config, 'plugins') : [config];
  const plugin = plugins.find((one) => textIn(recordIn(one, 'ipam'), 'type') === 'dhcp');
  const name = textIn(config, 'name') || textIn(cached, 'networkName');
  if (plugin === undefined || !name) return undefined;
  return { ...plugin, name, cniVersion: textIn(config, 'cniVersion') ?? '' };
}

/** The sandbox of its own interface; a bridge and the host's end of a cable have none. */
function netnsIn(cached: CachedJson, interfaceName: string | undefined): string | undefined {
  const netns = textIn(cached, 'netns');
  if (netns) return netns;
  const inside = recordsIn(recordIn(cached, 'result'), 'interfaces').filter((one) => textIn(one, 'sandbox'));
  const own = inside.find((one) => textIn(one, 'name') === interfaceName) ?? inside[0];
  return own === undefined ? undefined : textIn(own, 'sandbox');
}

function argsIn(cached: CachedJson): readonly (readonly [string, string])[] {
  const args = cached['cniArgs'];
  if (!Array.isArray(args)) return [];
  return args.flatMap((pair: unknown) => {
    if (!Array.isArray(pair)) return [];
    const [key, value] = pair as readonly unknown[];
    return typeof key === 'string' && typeof value === 'string' ? [[key, value] as const] : [];
  });
}

function podIn(cached: CachedJson): string | undefined {
  const args = new Map(argsIn(cached));
  const [namespace, name] = [args.get('K8S_POD_NAMESPACE'), args.get('K8S_POD_NAME')];
  return namespace && name ? `${namespace}/${name}` : undefined;
}

/** `ips` since the specification's 0.3.0, `ip4` before. */
function addressesIn(result: CachedJson): readonly string[] {
  const networks = [
    ...recordsIn(result, 'ips').map((one) => textIn(one, 'address')),
    isRecord(result['ip4']) ? textIn(result['ip4'], 'ip') : undefined,
  ];
  return networks.flatMap((network) => /^(\d+\.\d+\.\d+\.\d+)(?:\/\d+)?$/.exec(network ?? '')?.[1] ?? []);
}
