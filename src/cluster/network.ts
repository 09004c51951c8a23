// A CNI configuration as text → what it asks of a node, or why it can't be one. Pure; the text may be anybody's.

import { isRecord } from '../lib/record.ts';
import { textIn } from './json-value.ts';
import { isPluginName } from '../lib/text/plugin-name.ts';
import type { AddressRange, Network, NetworkPlugin } from './objects.ts';

export type NetworkReading =
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'invalid'; readonly because: string };

/** A list (`plugins`) or a single configuration (`type`). With both the type wins, as in Multus. */
export function readNetwork(text: string): NetworkReading {
  const value = parsedConfig(text);
  if ('because' in value) return { kind: 'invalid', because: value.because };
  if (!isRecord(value.value)) return { kind: 'invalid', because: 'it is not a JSON object' };
  const raw = value.value;
  const list = raw['plugins'];
  if (list !== undefined && raw['type'] === undefined && !Array.isArray(list)) {
    return { kind: 'invalid', because: '`plugins` is not a list' };
  }
  const members: readonly unknown[] = raw['type'] === undefined && Array.isArray(list) ? list : [raw];
  return { kind: 'network', network: networkOf(raw, members) };
}

function networkOf(raw: Readonly<Record<string, unknown>>, members: readonly unknown[]): Network {
  return {
    name: textIn(raw, 'name'),
    cniVersion: textIn(raw, 'cniVersion'),
    plugins: members.map((member) => pluginOf(isRecord(member) ? member : {})),
    raw,
  };
}

type Parsed = { readonly value: unknown } | { readonly because: string };

function parsedConfig(text: string): Parsed {
  if (text.trim() === '') return { because: 'it is empty' };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { because: because(text, error instanceof Error ? error.message : String(error)) };
  }
}

/** V8 quotes the text, which is anybody's; where it stopped is enough. */
function because(text: string, message: string): string {
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  const looksLikeYaml = /^\s*[A-Za-z]+:\s/.test(text);
  const kind = looksLikeYaml ? 'it is YAML, wanted JSON' : 'it is not JSON';
  if (position === undefined) return /end of JSON/.test(message) ? `${kind}: it ends too early` : kind;
  const before = text.slice(0, Number(position)).split('\n');
  return `${kind}: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function pluginOf(raw: Readonly<Record<string, unknown>>): NetworkPlugin {
  const ipam = isRecord(raw['ipam']) ? raw['ipam'] : {};
  const type = textIn(raw, 'type');
  return {
    type,
    ipam: textIn(ipam, 'type'),
    master: masterOf(type, raw),
    ranges: textIn(ipam, 'type') === 'host-local' ? rangesOf(ipam) : [],
    raw,
  };
}

/** What the plugins of upstream need to find on the node; a bridge is made where it is absent. */
const masterField: Readonly<Record<string, string>> = {
  macvlan: 'master',
  ipvlan: 'master',
  vlan: 'master',
  'host-device': 'device',
};

function masterOf(type: string | undefined, raw: Readonly<Record<string, unknown>>): string | undefined {
  const field = Object.hasOwn(masterField, type ?? '') ? masterField[type ?? ''] : undefined;
  // A master inside the pod is the business of the plugin before it.
  return field === undefined || raw['linkInContainer'] === true ? undefined : textIn(raw, field);
}

function rangesOf(ipam: Readonly<Record<string, unknown>>): AddressRange[] {
  const sets: readonly unknown[] = Array.isArray(ipam['ranges']) ? ipam['ranges'] : [];
  const listed = sets.flatMap((set): readonly unknown[] => (Array.isArray(set) ? set : []));
  const own = ipam['subnet'] === undefined ? [] : [ipam];
  return [...own, ...listed].filter(isRecord).map((range) => ({
    subnet: textIn(range, 'subnet'),
    start: textIn(range, 'rangeStart'),
    end: textIn(range, 'rangeEnd'),
  }));
}

/** Why it runs nothing; undefined where it names plugins that could be. */
export function whyNamesNone({ plugins }: Network): string | undefined {
  if (plugins.length === 0 || plugins.some(({ type }) => type === undefined)) {
    return 'names no plugin: wanted `type`, or `plugins` with a type each';
  }
  const strange = plugins.find(({ type }) => !isPluginName(type ?? ''))?.type;
  return strange === undefined ? undefined : `has the type "${strange}", which can't be the name of a plugin`;
}
