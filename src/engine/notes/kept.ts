// What is told of plugins that were left to others: their version, and the spec versions they speak or lack. Pure.

import { remedyOf } from '../../failure/codes.ts';
import type { Finding } from '../../failure/finding.ts';
import type { Generation, Introduced } from '../../node/state/ledger.ts';
import { releaseOf } from '../../release/catalog.ts';
import { compareVersions } from '../../release/version.ts';

type Introductions = Readonly<Record<string, Introduced>>;

/** One note for all that say the same of themselves. */
export function keptNotes(introduced: Introductions, release: string): Finding[] {
  const alike = Map.groupBy(Object.entries(introduced), ([name, plugin]) =>
    JSON.stringify([plugin, lackingIn(name, plugin, release)]),
  );
  return [...alike.values()].flatMap((plugins) => noteOn(plugins, release));
}

/** Of those that were kept before, and still speak less than the release does: no start passes that over. */
export function standingNotes(generation: Generation, fresh: Introductions = {}): Finding[] {
  const standing = Object.entries(generation.introduced ?? {}).filter(([name]) => fresh[name] === undefined);
  const notes = keptNotes(Object.fromEntries(standing), generation.version);
  return notes.filter(({ code }) => code === 'kept-plugin-behind');
}

function noteOn(plugins: readonly (readonly [string, Introduced])[], release: string): Finding[] {
  const [[name, plugin] = []] = plugins;
  if (name === undefined || plugin === undefined) return [];
  const names = plugins.map(([one]) => one).join(', ');
  const kept = `kept, as another installer's that works: ${names}${inBrackets(plugin)}`;
  const lacking = lackingIn(name, plugin, release);
  if (lacking.length === 0) return [{ code: 'plugin-kept', message: kept }];
  return [
    {
      code: 'kept-plugin-behind',
      message: `${kept}; ${release} also speaks ${lacking.join(', ')}`,
      hint: remedyOf('kept-plugin-behind'),
    },
  ];
}

function inBrackets({ version, specVersions }: Introduced): string {
  const speaks = specVersions.length === 0 ? undefined : `speaks CNI ${specVersions.join(', ')}`;
  const known = [version, speaks].filter((part) => part !== undefined);
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}

/** Spec versions that the release's plugin speaks, newer than any that this one does; none where either is not known. */
export function lackingIn(name: string, { specVersions }: Introduced, release: string): readonly string[] {
  if (specVersions.length === 0) return [];
  const known = releaseOf(release);
  const wanted = known?.specExceptions[name] ?? known?.specVersions ?? [];
  return wanted.filter((version) => specVersions.every((spoken) => compareVersions(spoken, version) < 0));
}
