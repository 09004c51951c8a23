// One file of the CNI conf dir: what it says, or why no runtime can use it. Pure.

import { recordsIn, textIn } from '../cluster/json-value.ts';
import { readNetwork } from '../cluster/network.ts';
import type { Network } from '../cluster/objects.ts';

export type CniConf = {
  /** Of the file, without its directory. */
  readonly file: string;
  /** It is Multus' own, by its plugin or, where it can't be read, by its name. */
  readonly isOfMultus: boolean;
} & (
  | { readonly usable: true; readonly network: Network }
  | { readonly usable: false; readonly because: string }
);

/** What libcni takes for a configuration, by the end of the name (libcni/conf.go, ConfFiles). */
export function isConfName(name: string): boolean {
  return /\.(conf|conflist|json)$/.test(name);
}

/** By the rules of libcni: a list has a name and plugins, a single one has a type. */
export function readConf(file: string, text: string): CniConf {
  const reading = readNetwork(text);
  if (reading.kind === 'invalid') return unusable(file, reading.because);
  const { network } = reading;
  const isOfMultus = network.plugins.some(({ type }) => isMultusType(type));
  const because = whyUnusable(file, network);
  return because === undefined
    ? { file, isOfMultus, usable: true, network }
    : { file, isOfMultus, usable: false, because };
}

export function unusable(file: string, because: string): CniConf {
  return { file, isOfMultus: /multus/i.test(file), usable: false, because };
}

function isMultusType(type: string | undefined): boolean {
  return type === 'multus' || type === 'multus-shim';
}

function whyUnusable(file: string, { name, plugins, raw }: Network): string | undefined {
  if (!file.endsWith('.conflist')) return textIn(raw, 'type') === undefined ? 'it has no `type`' : undefined;
  if (name === undefined) return 'it is a list without a `name`';
  if (recordsIn(raw, 'plugins').length === 0) return 'it is a list without `plugins`';
  return plugins.some(({ type }) => type === undefined) ? 'one of its plugins has no `type`' : undefined;
}

/** The settings that are Multus' own: of the single configuration, or of its place in the list. */
export function multusSettings(conf: CniConf): Readonly<Record<string, unknown>> | undefined {
  if (!conf.usable || !conf.isOfMultus) return undefined;
  return conf.network.plugins.find(({ type }) => isMultusType(type))?.raw;
}

/** Configurations that Multus carries inside its own and hands to other plugins. */
export function delegatesOf(conf: CniConf): readonly Network[] {
  const settings = multusSettings(conf) ?? {};
  return recordsIn(settings, 'delegates').flatMap((delegate) => {
    const reading = readNetwork(JSON.stringify(delegate));
    return reading.kind === 'network' ? [reading.network] : [];
  });
}
