// What a plugin that ran said of itself. Pure.

import type { WantedPlugin } from '../../facts/node-facts.ts';

function saidOf({ sight }: WantedPlugin): { says: string; specVersions: readonly string[] } | undefined {
  if (!sight.seen || sight.value.kind !== 'file') return undefined;
  const { runs } = sight.value;
  return runs.seen && runs.value.works ? runs.value : undefined;
}

/** `CNI macvlan plugin v1.9.1`; undefined for one that names none. */
export function versionSaid(plugin: WantedPlugin): string | undefined {
  return /\bplugin (?:version )?(v?\d+\.\d+\.\d+\S*)$/.exec(saidOf(plugin)?.says ?? '')?.[1];
}

/** CNI spec versions; undefined for one that was not run, or did not work. */
export function specsOf(plugin: WantedPlugin): readonly string[] | undefined {
  return saidOf(plugin)?.specVersions;
}
