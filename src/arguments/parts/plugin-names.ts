// Which plugins are named, and whether a release has them.

import { isPluginName } from '../../lib/text/plugin-name.ts';
import { pluginsOf } from '../../release/catalog.ts';
import { unknownPlugins } from '../misspelt.ts';
import { usage } from '../option-value.ts';
import type { OptionReader } from '../option-reader.ts';

/** As they were named: what is to be left out may still be among the others. */
export interface NamedPlugins {
  readonly plugins: readonly string[] | 'all';
  readonly skip: readonly string[];
}

export function namedPluginsOf(read: OptionReader<'plugins' | 'skip'>): NamedPlugins {
  const [plugins, skip] = [read.list('plugins'), read.list('skip') ?? []];
  requireNames(read, 'plugins', plugins);
  requireNames(read, 'skip', skip);
  return { plugins: plugins.includes('all') ? 'all' : plugins, skip };
}

function requireNames<Name extends 'plugins' | 'skip'>(
  read: OptionReader<Name>,
  option: Name,
  names: readonly string[],
): void {
  const bad = names.find((name) => !isPluginName(name));
  if (bad !== undefined) throw read.refusal(option, `names "${bad}"`, 'plugin names such as macvlan, or all');
}

/**
 * The same without those to leave out; sorted.
 * @throws Failure `usage` when nothing is left.
 */
export function withoutSkipped({ plugins, skip }: NamedPlugins): NamedPlugins {
  if (plugins === 'all') return { plugins, skip };
  const left = plugins.filter((name) => !skip.includes(name)).toSorted();
  if (left.length > 0) return { plugins: left, skip };
  throw usage(
    'nothing-wanted',
    `no plugin is left to install: ${plugins.join(', ')} without ${skip.join(', ')}`,
    'name more with --plugins, or fewer with --skip (SKIP_CNI_BINARIES)',
  );
}

/** @throws Failure `usage` for a name that the release does not have; one that the catalog does not know may have all. */
export function requireInRelease(
  read: OptionReader<'plugins'>,
  { plugins }: NamedPlugins,
  version: string,
): void {
  const contents = pluginsOf(version);
  if (contents === undefined || plugins === 'all') return;
  const unknown = plugins.filter((name) => !contents.includes(name));
  if (unknown.length > 0)
    throw unknownPlugins(unknown, read.given('plugins')?.by ?? '--plugins', { version, contents });
}
