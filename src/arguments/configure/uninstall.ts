// What `uninstall` is told.

import type { Arch } from '../../lib/architecture.ts';
import type { OptionReader } from '../option-reader.ts';
import type { OptionOf } from '../options.ts';
import { type NodePaths, nodeWithSpareOf } from '../parts/node-paths.ts';
import { type RunSettings, runOf } from '../parts/run.ts';

export interface UninstallConfig {
  readonly verb: 'uninstall';
  readonly arch: Arch;
  readonly node: NodePaths;
  /** Where Multus' own files are, which go too; undefined: they are not touched. */
  readonly confDir: string | undefined;
  readonly dryRun: boolean;
  readonly run: RunSettings;
}

export function configureUninstall(read: OptionReader<OptionOf<'uninstall'>>, arch: Arch): UninstallConfig {
  return {
    verb: 'uninstall',
    arch,
    node: nodeWithSpareOf(read),
    confDir: read.given('cni-conf-dir') && read.path('cni-conf-dir'),
    dryRun: read.boolean('dry-run'),
    run: runOf(read),
  };
}
