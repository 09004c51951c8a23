// What `bundle` is told.

import { type Arch, architectures } from '../../lib/architecture.ts';
import { newestVersion } from '../../release/catalog.ts';
import type { Trust } from '../../release/expectation.ts';
import { usage } from '../option-value.ts';
import type { OptionReader } from '../option-reader.ts';
import type { OptionOf } from '../options.ts';
import { type RunSettings, runOf } from '../parts/run.ts';
import { type ArchiveSource, archiveSourceOf } from '../parts/source.ts';
import { trustOf, trustsOf } from '../parts/trust.ts';
import { usableVersion } from '../parts/version.ts';

export interface BundleConfig {
  readonly verb: 'bundle';
  readonly task: BundleTask;
  readonly source: ArchiveSource;
  readonly run: RunSettings;
}

/** Absolute paths: the bundle that is verified, or made. */
export type BundleTask =
  | { readonly do: 'check'; readonly directory: string; readonly trusts: ReadonlyMap<Arch, Trust> }
  | {
      readonly do: 'make';
      readonly directory: string;
      readonly layout: 'files' | 'oci';
      readonly versions: readonly string[];
      readonly platforms: readonly WantedPlatform[];
    };

export interface WantedPlatform {
  readonly arch: Arch;
  /** By whose word its archives are recognised. */
  readonly trust: Trust;
}

export function configureBundle(read: OptionReader<OptionOf<'bundle'>>): BundleConfig {
  return {
    verb: 'bundle',
    task: taskOf(read),
    source: archiveSourceOf(read),
    run: runOf(read),
  };
}

function taskOf(
  read: OptionReader<
    'check' | 'directory' | 'layout' | 'versions' | 'platforms' | 'sha256' | 'sha512' | 'trust-sidecar'
  >,
): BundleTask {
  const [versions, wanted] = [versionsOf(read), platformsOf(read)];
  const check = read.path('check');
  if (check !== undefined) return { do: 'check', directory: check, trusts: trustsOf(read) };
  const layout = read.choice('layout');
  const platforms = wanted.map((arch) => ({ arch, trust: trustOf(read, arch) }));
  const directory = read.path('directory');
  if (directory !== undefined) return { do: 'make', directory, layout, versions, platforms };
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
