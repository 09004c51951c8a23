// What `verify` is told.

import type { Arch } from '../../lib/architecture.ts';
import type { OptionReader } from '../option-reader.ts';
import type { ChoiceOf, OptionOf } from '../options.ts';
import { type ExpectedSet, expectedSetOf } from '../parts/expected-set.ts';
import { type NodePaths, nodeWithSpareOf } from '../parts/node-paths.ts';
import { type RunSettings, runOf } from '../parts/run.ts';
import { type SharingView, sharingViewOf } from '../parts/sharing.ts';

export interface VerifyConfig {
  readonly verb: 'verify';
  readonly arch: Arch;
  readonly expected: ExpectedSet;
  readonly node: NodePaths;
  /** As it is for the installs of this node: a finding says what the next one would do. */
  readonly onConflict: ChoiceOf<'on-conflict'>;
  readonly sharing: SharingView;
  readonly run: RunSettings;
}

export function configureVerify(read: OptionReader<OptionOf<'verify'>>, arch: Arch): VerifyConfig {
  return {
    verb: 'verify',
    arch,
    expected: expectedSetOf(read),
    node: nodeWithSpareOf(read),
    onConflict: read.choice('on-conflict'),
    sharing: sharingViewOf(read),
    run: runOf(read),
  };
}
