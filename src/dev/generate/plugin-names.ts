// What the chart's schema says of plugin names: those of the release that is wished for, as the catalog has it.

import { knownVersions, pluginsOf } from '../../release/catalog.ts';

/**
 * Conditions on `cniPlugins`, one for all releases with the same plugins. A release that the catalog does not know may have
 * any, as for the installer itself.
 */
export function pluginNameConditions(): readonly object[] {
  const byContents = Map.groupBy(knownVersions(), (version) => (pluginsOf(version) ?? []).join(' '));
  return [...byContents].map(([names, versions]) => ({
    if: {
      properties: { version: { type: 'string', pattern: patternOf(versions) } },
      required: ['version'],
    },
    // oxlint-disable-next-line unicorn/no-thenable -- the word is JSON Schema's
    then: { properties: { plugins: { items: { enum: ['all', ...names.split(' ')] } } } },
  }));
}

/** With and without the v. */
function patternOf(versions: readonly string[]): string {
  const numbers = versions.map((version) => version.replace(/^v/, '').replaceAll('.', String.raw`\.`));
  return `^v?(${numbers.join('|')})$`;
}
