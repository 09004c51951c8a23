// What `bundle` is told.

import { type Arch, architectures } from '../../lib/architecture.ts';
import { newestVersion } from '../../release/catalog.ts';
import type { Trust } from '../../release/expectation.ts';
import { usage } from '../option-value.ts';
import type { OptionReader } from '../option-reader.ts';
import type { OptionOf } from '../options.ts';
import { type RunSettings, runOf } from '../parts/run.ts';
import { type ArchiveSource, archiveSourceOf } from '../parts/source.ts';
import { trustOf } from '../parts/trust.ts';
import { usableVersion } from '../parts/version.ts';

export interface BundleConfig {
  readonly verb: 'bundle';
  readonly task: BundleTask;
  readonly trust: Trust;
  readonly source: ArchiveSource;
  readonly run: RunSettings;
}

/** Absolute paths: the bundle that is verified, or made. */
export type BundleTask =
  | { readonly do: 'check'; readonly directory: string }
  | {
      readonly do: 'make';
      readonly directory: string;
      readonly versions: readonly string[];
      readonly platforms: readonly Arch[];
    };

export function configureBundle(read: OptionReader<OptionOf<'bundle'>>, arch: Arch): BundleConfig {
  return {
    verb: 'bundle',
    task: taskOf(read),
    trust: trustOf(read, arch),
    source: archiveSourceOf(read),
    run: runOf(read),
  };
}

function taskOf(read: OptionReader<'check' | 'directory' | 'versions' | 'platforms'>): BundleTask {
  const [versions, platforms] = [versionsOf(read), platformsOf(read)];
  const check = read.path('check');
  if (check !== undefined) return { do: 'check', directory: check };
  const directory = read.path('directory');
  if (directory !== undefined) return { do: 'make', directory, versions, platforms };
  throw usage('no-directory', 'bundle needs to know where to: --directory DIR, or --check DIR to verify one');
}

function versionsOf(read: OptionReader<'versions'>): readonly string[] {
  const versions = read.list('versions') ?? [newestVersion()];
  return versions.map((text) => usableVersion(text, '--versions'));
}

function platformsOf(read: OptionReader<'platforms'>): readonly Arch[] {
  return read.list('platforms').map((text) => {
    const arch = architectures.find((known) => known === text.replace(/^linux\//, ''));
    if (arch !== undefined) return arch;
    throw read.refusal('platforms', `has "${text}"`, architectures.join(', '));
  });
}
