// Which mounts are to be shared, how, and where the host's are seen.

import type { OptionReader } from '../option-reader.ts';
import type { ChoiceOf } from '../options.ts';

/** What is needed to look at the mounts. */
export interface SharingView {
  readonly mode: ChoiceOf<'share-mounts'>;
  /** The operator asked for sharing in so many words, so it is also done outside a container. */
  readonly explicit: boolean;
  /** Absolute paths on the host. */
  readonly paths: readonly string[];
  readonly hostProc: string;
}

/** What is needed to share them. */
export interface SharingWish extends SharingView {
  readonly required: boolean;
}

/** @throws Failure `usage` for one that is not absolute. */
export function sharedPathsOf(read: OptionReader<'shared-path'>): readonly string[] {
  const paths = read.list('shared-path');
  const relative = paths.find((path) => !path.startsWith('/'));
  if (relative === undefined) return paths;
  throw read.refusal('shared-path', `has "${relative}"`, 'absolute paths on the host');
}

export function sharingViewOf(read: OptionReader<'share-mounts' | 'shared-path' | 'host-proc'>): SharingView {
  return {
    mode: read.choice('share-mounts'),
    explicit: read.given('share-mounts') !== undefined,
    paths: sharedPathsOf(read),
    hostProc: read.path('host-proc'),
  };
}

export function sharingWishOf(
  read: OptionReader<'share-mounts' | 'shared-path' | 'host-proc' | 'require-shared'>,
): SharingWish {
  return { ...sharingViewOf(read), required: read.boolean('require-shared') };
}
