// What an audit expects of a node: which names it looks at, and of which release. Pure.

import type { ExpectedSet } from '../../arguments/parts/expected-set.ts';
import { unknownPlugins } from '../../arguments/misspelt.ts';
import { remedyOf } from '../../failure/codes.ts';
import type { Finding } from '../../failure/finding.ts';
import type { Generation } from '../../node/state/ledger.ts';
import { newestVersion, pluginsOf } from '../../release/catalog.ts';

/** What is recorded, and what the operator named; on a node without a record the usual names. Sorted. */
export function expectedNames(expected: ExpectedSet, recorded: Generation | undefined): readonly string[] {
  const own = Object.keys(recorded?.plugins ?? {});
  const asked = expected.namedBy !== undefined || own.length === 0 ? namesAskedFor(expected, recorded) : [];
  const names = new Set([...own, ...asked]);
  return [...names].filter((name) => !expected.skip.includes(name)).toSorted();
}

/** `all` is what the release has that the node has, else the one that was asked for. */
function namesAskedFor(
  { plugins, version }: ExpectedSet,
  recorded: Generation | undefined,
): readonly string[] {
  if (plugins !== 'all') return plugins;
  return recorded?.offered ?? pluginsOf(version ?? newestVersion()) ?? [];
}

/**
 * A name that the operator gave without a release is one that the node's release has, or the newest, which the next
 * install would bring.
 * @throws Failure `usage` for any other.
 */
export function requireKnownNames(expected: ExpectedSet, recorded: Generation | undefined): void {
  const { plugins, version, namedBy } = expected;
  if (namedBy === undefined || version !== undefined || plugins === 'all') return;
  const newest = newestVersion();
  const known = recorded?.offered ?? [];
  const unknown = plugins.filter(
    (name) => !known.includes(name) && pluginsOf(newest)?.includes(name) === false,
  );
  if (unknown.length === 0) return;
  throw recorded === undefined
    ? unknownPlugins(unknown, namedBy, { version: newest, contents: pluginsOf(newest) ?? [] })
    : unknownPlugins(unknown, namedBy, { version: recorded.version, contents: known });
}

/** Another release than the one that was asked for is a finding, however intact it is. */
export function releaseFindings({ version }: ExpectedSet, recorded: Generation | undefined): Finding[] {
  if (version === undefined || recorded === undefined || recorded.version === version) return [];
  return [
    {
      code: 'version-differs',
      message: `the node has ${recorded.version}, wanted ${version}`,
      hint: remedyOf('version-differs'),
    },
  ];
}
