// What an audit is told of the set that the node should have.

import type { OptionReader } from '../option-reader.ts';
import { type NamedPlugins, namedPluginsOf, requireInRelease, withoutSkipped } from './plugin-names.ts';
import { givenVersion } from './version.ts';

export interface ExpectedSet extends NamedPlugins {
  /** By which name the operator named the plugins; undefined: these are the usual ones, and the node's record counts. */
  readonly namedBy: string | undefined;
  /** The release that the operator named; undefined: the one that the node has. */
  readonly version: string | undefined;
}

/** Names are judged by the release that was named; where none was, the node's record has to be seen first. */
export function expectedSetOf(read: OptionReader<'plugins' | 'skip' | 'cni-version'>): ExpectedSet {
  const version = givenVersion(read);
  const named = namedPluginsOf(read);
  const namedBy = read.given('plugins')?.by;
  if (version !== undefined && namedBy !== undefined) requireInRelease(read, named, version);
  return { ...withoutSkipped(named), namedBy, version };
}
