// What `install` is told.

import type { Arch } from '../../lib/architecture.ts';
import type { Trust } from '../../release/expectation.ts';
import type { OptionReader } from '../option-reader.ts';
import type { ChoiceOf, OptionOf } from '../options.ts';
import { type NodePaths, nodeWithSpareOf } from '../parts/node-paths.ts';
import { runOf, type TimedRunSettings } from '../parts/run.ts';
import { type SharingWish, sharingWishOf } from '../parts/sharing.ts';
import { type ArchiveSource, archiveSourceOf } from '../parts/source.ts';
import { trustOf } from '../parts/trust.ts';
import { type Wish, wishOf } from '../parts/wish.ts';

export interface InstallConfig {
  readonly verb: 'install';
  readonly arch: Arch;
  readonly wish: Wish;
  readonly trust: Trust;
  readonly source: ArchiveSource;
  readonly node: NodePaths;
  readonly createBinDir: boolean;
  readonly onConflict: ChoiceOf<'on-conflict'>;
  readonly sharing: SharingWish;
  readonly dryRun: boolean;
  readonly run: TimedRunSettings;
}

export function configureInstall(read: OptionReader<OptionOf<'install'>>, arch: Arch): InstallConfig {
  return {
    verb: 'install',
    arch,
    wish: wishOf(read),
    trust: trustOf(read, arch),
    source: archiveSourceOf(read),
    node: nodeWithSpareOf(read),
    createBinDir: read.boolean('create-bin-dir'),
    onConflict: read.choice('on-conflict'),
    sharing: sharingWishOf(read),
    dryRun: read.boolean('dry-run'),
    run: runOf(read),
  };
}
