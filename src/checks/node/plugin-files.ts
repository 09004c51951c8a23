// The wanted plugins that stand as files, for the checks that judge them. Pure.

import type { NodeFacts, WantedPlugin } from '../../facts/node-facts.ts';
import type { PluginSight } from '../../facts/plugin-sight.ts';
import { type CheckEnd, moot, skipped } from '../check.ts';

export type PluginFileSight = Extract<PluginSight, { kind: 'file' }>;

/** Where the bin dir is not there, no plugin was looked at. */
export function wherePlugins(
  facts: NodeFacts,
  decide: (plugins: readonly WantedPlugin[]) => CheckEnd,
): CheckEnd {
  const { stands } = facts.binDir;
  if (!stands.seen) return skipped(stands.why);
  if (stands.value.kind !== 'directory') return moot('there is no bin dir');
  const unseen = facts.plugins.find(({ sight }) => !sight.seen);
  if (unseen !== undefined && !unseen.sight.seen) return skipped(unseen.sight.why);
  return decide(facts.plugins);
}

export interface PluginFile {
  readonly plugin: WantedPlugin;
  readonly file: PluginFileSight;
}

export function filesOf(plugins: readonly WantedPlugin[]): PluginFile[] {
  return plugins.flatMap((plugin) =>
    plugin.sight.seen && plugin.sight.value.kind === 'file' ? [{ plugin, file: plugin.sight.value }] : [],
  );
}

export const repair =
  '`cni-plugins-installer install`: it puts the proved plugin back; in a cluster restart our pod here';
