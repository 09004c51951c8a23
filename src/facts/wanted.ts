// Which plugins somebody wants on this node, and who. Pure.

import type { ClusterObjects, Network } from '../cluster/objects.ts';
import { isPluginName } from '../lib/text/plugin-name.ts';
import { type CniConf, delegatesOf } from './cni-conf.ts';

/** Who wants a plugin: our own record, a file of the conf dir, a NAD, the runtime itself, or a pasted error text. */
export type Wanter =
  | { readonly who: 'record' }
  | { readonly who: 'conf'; readonly file: string; readonly cniVersion: string | undefined }
  | { readonly who: 'nad'; readonly id: string; readonly cniVersion: string | undefined }
  | { readonly who: 'runtime' }
  | { readonly who: 'text' };

export interface PluginWish {
  readonly name: string;
  readonly by: readonly Wanter[];
}

export interface Wishes {
  readonly recorded: Iterable<string>;
  readonly confs: readonly CniConf[];
  readonly cluster: ClusterObjects | undefined;
  readonly runtimeWantsLoopback: boolean;
  readonly asked: readonly string[];
}

type WantedBy = readonly [name: string, by: Wanter];

/** Sorted by name. Names that no file could have are left out: whoever wrote them is told elsewhere. */
export function wantedPlugins({
  recorded,
  confs,
  cluster,
  runtimeWantsLoopback,
  asked,
}: Wishes): PluginWish[] {
  const wishes: readonly WantedBy[] = [
    ...[...recorded].map((name): WantedBy => [name, { who: 'record' }]),
    ...confs.flatMap(wishesOfConf),
    ...(cluster?.attachments ?? []).flatMap(({ id, config }) =>
      config.kind === 'network'
        ? wishesOf(config.network, (cniVersion) => ({ who: 'nad', id, cniVersion }))
        : [],
    ),
    ...(runtimeWantsLoopback ? [['loopback', { who: 'runtime' }] as const] : []),
    ...asked.map((name): WantedBy => [name, { who: 'text' }]),
  ];
  const byName = Map.groupBy(wishes, ([name]) => name);
  return [...byName]
    .filter(([name]) => isPluginName(name))
    .map(([name, of]) => ({ name, by: of.map(([, by]) => by) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function wishesOfConf(conf: CniConf): WantedBy[] {
  if (!conf.usable) return [];
  const { file } = conf;
  return [conf.network, ...delegatesOf(conf)].flatMap((network) =>
    wishesOf(network, (cniVersion) => ({ who: 'conf', file, cniVersion })),
  );
}

function wishesOf(network: Network, wanter: (cniVersion: string | undefined) => Wanter): WantedBy[] {
  const { cniVersion, plugins } = network;
  return plugins.flatMap(({ type, ipam }) => [
    ...(type === undefined ? [] : [[type, wanter(cniVersion)] as const]),
    // An address manager is asked by its plugin, in that one's version.
    ...(ipam === undefined ? [] : [[ipam, wanter(cniVersion)] as const]),
  ]);
}

/** Whoever it is, in a few words. */
export function nameOfWanter(by: Wanter): string {
  switch (by.who) {
    case 'record':
      return 'our record';
    case 'conf':
      return by.file;
    case 'nad':
      return `NAD ${by.id}`;
    case 'runtime':
      return 'the runtime';
    case 'text':
      return 'the text';
  }
  return by satisfies never;
}
