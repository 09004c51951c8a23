// What a runtime would ask plugins for their STATUS with: by the CNI spec, from its version 1.1.0 on. Pure.

import type { ClusterObjects, Network } from '../cluster/objects.ts';
import { isPluginName } from '../lib/text/plugin-name.ts';
import { type CniConf, delegatesOf } from './cni-conf.ts';
import { nameOfWanter, type Wanter } from './wanted.ts';

export interface StatusRequest {
  readonly plugin: string;
  /** Who calls for it, in a few words. */
  readonly by: string;
  /** What the plugin reads on its standard input. */
  readonly config: string;
}

interface Calling {
  readonly by: Wanter;
  readonly network: Network;
  /** Where the configuration has none of its own. */
  readonly name: string;
}

/** Each question once, for the first who calls for it. */
export function statusRequests(
  confs: readonly CniConf[],
  cluster: ClusterObjects | undefined,
): readonly StatusRequest[] {
  const all = [...confs.flatMap(callsOfConf), ...(cluster?.attachments ?? []).flatMap(callsOfNad)];
  const requests = all.filter(({ network }) => hasStatus(network.cniVersion)).flatMap(requestsOf);
  return [...new Map(requests.toReversed().map((one) => [one.config, one])).values()].toReversed();
}

function callsOfConf(conf: CniConf): Calling[] {
  if (!conf.usable) return [];
  const { file, network } = conf;
  return [network, ...delegatesOf(conf)].map((called) => ({
    by: { who: 'conf', file, cniVersion: called.cniVersion },
    network: called,
    name: network.name ?? file,
  }));
}

function callsOfNad({ id, name, config }: ClusterObjects['attachments'][number]): Calling[] {
  if (config.kind !== 'network') return [];
  const { network } = config;
  return [{ by: { who: 'nad', id, cniVersion: network.cniVersion }, network, name }];
}

/** `1.1.0` and later. */
export function hasStatus(cniVersion = ''): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(cniVersion) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 1);
}

/** As for ADD: what the plugin has in the list, with the name and the version of the whole. */
function requestsOf({ by, network, name }: Calling): StatusRequest[] {
  const { cniVersion, plugins } = network;
  return plugins.flatMap(({ type, ipam, raw }) => {
    // Anybody's configuration names them, and they become a part of a path.
    if (type === undefined || ![type, ipam ?? type].every(isPluginName)) return [];
    const config = JSON.stringify({ ...raw, cniVersion, name: network.name ?? name });
    return [{ plugin: type, by: nameOfWanter(by), config }];
  });
}
