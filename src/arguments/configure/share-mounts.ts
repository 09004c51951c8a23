// What `share-mounts` is told.

import type { OptionReader } from '../option-reader.ts';
import type { OptionOf } from '../options.ts';
import { type RunSettings, runOf } from '../parts/run.ts';
import { type SharingWish, sharingWishOf } from '../parts/sharing.ts';

export interface ShareMountsConfig {
  readonly verb: 'share-mounts';
  readonly sharing: SharingWish;
  readonly dryRun: boolean;
  /** Undefined: once. */
  readonly everyMs: number | undefined;
  /** For each time that it looks. */
  readonly timeoutMs: number;
  readonly run: RunSettings;
}

/** The verb itself asks for sharing in so many words. */
export function configureShareMounts(read: OptionReader<OptionOf<'share-mounts'>>): ShareMountsConfig {
  const everyMs = read.durationMs('every');
  const { timeoutMs, ...run } = runOf(read);
  return {
    verb: 'share-mounts',
    sharing: { ...sharingWishOf(read), explicit: true },
    dryRun: read.boolean('dry-run'),
    everyMs,
    timeoutMs,
    run: { ...run, timeoutMs: everyMs === undefined ? timeoutMs : undefined },
  };
}
