// Which plugins of which release the node shall have.

import { isPluginName } from '../../lib/text/plugin-name.ts';
import type { OptionReader } from '../option-reader.ts';
import { namedPluginsOf, requireInRelease, withoutSkipped } from './plugin-names.ts';
import { versionToInstall } from './version.ts';

export interface Wish {
  /** `all` is resolved once the release's contents are known. */
  readonly plugins: readonly string[] | 'all';
  readonly skip: readonly string[];
  /** `v1.9.1`. */
  readonly version: string;
  /** Permission bits by plugin, where they are to be others than 0755. */
  readonly modes: ReadonlyMap<string, number>;
}

export function wishOf(read: OptionReader<'plugins' | 'skip' | 'cni-version' | 'archive' | 'mode'>): Wish {
  const version = versionToInstall(read);
  const named = namedPluginsOf(read);
  requireInRelease(read, named, version);
  return { ...withoutSkipped(named), version, modes: modesOf(read) };
}

/** Permission bits an operator grants by name. A plugin that its owner can't read and execute is no plugin. */
function modesOf(read: OptionReader<'mode'>): ReadonlyMap<string, number> {
  const modes = new Map<string, number>();
  for (const item of read.list('mode') ?? []) {
    const [, name = '', octal = '0'] = /^([^=]+)=([0-7]{3,4})$/.exec(item) ?? [];
    const mode = Number.parseInt(octal, 8);
    if (!isPluginName(name) || (mode & 0o500) !== 0o500 || modes.has(name)) {
      throw read.refusal('mode', `has "${item}"`, 'each plugin once, as in bridge=4755, at least 0500');
    }
    modes.set(name, mode);
  }
  return modes;
}
