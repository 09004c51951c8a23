// What `share-mounts` is told.

import type { OptionReader } from '../option-reader.ts';
import type { OptionOf } from '../options.ts';
import { type RunSettings, runOf } from '../parts/run.ts';
import { type SharingWish, sharingWishOf } from '../parts/sharing.ts';

export interface ShareMountsConfig {
  readonly verb: 'share-mounts';
  readonly sharing: SharingWish;
  readonly dryRun: boolean;
  readonly run: RunSettings;
}

/** The verb itself asks for sharing in so many words. */
export function configureShareMounts(read: OptionReader<OptionOf<'share-mounts'>>): ShareMountsConfig {
  return {
    verb: 'share-mounts',
    sharing: { ...sharingWishOf(read), explicit: true },
    dryRun: read.boolean('dry-run'),
    run: runOf(read),
  };
}
