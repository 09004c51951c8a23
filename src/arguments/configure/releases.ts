// What `releases` is told.

import type { OptionReader } from '../option-reader.ts';
import type { OptionOf } from '../options.ts';
import { type RunSettings, runOf } from '../parts/run.ts';
import { givenVersion } from '../parts/version.ts';

export interface ReleasesConfig {
  readonly verb: 'releases';
  /** What is asked about; nothing set: everything that is known. */
  readonly query: {
    readonly version: string | undefined;
    readonly forKubernetes: string | undefined;
    readonly forRuntime: string | undefined;
  };
  readonly run: RunSettings;
}

export function configureReleases(read: OptionReader<OptionOf<'releases'>>): ReleasesConfig {
  return {
    verb: 'releases',
    query: {
      version: givenVersion(read),
      forKubernetes: read.text('for-kubernetes'),
      forRuntime: read.text('for-runtime'),
    },
    run: runOf(read),
  };
}
