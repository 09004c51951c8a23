// What `rollback` is told.

import type { Arch } from '../../lib/architecture.ts';
import type { OptionReader } from '../option-reader.ts';
import type { OptionOf } from '../options.ts';
import { type NodePaths, nodeWithSpareOf } from '../parts/node-paths.ts';
import { type RunSettings, runOf } from '../parts/run.ts';

export interface RollbackConfig {
  readonly verb: 'rollback';
  readonly arch: Arch;
  readonly node: NodePaths;
  /** The generation to go back to; undefined is the one before. */
  readonly toGeneration: number | undefined;
  readonly dryRun: boolean;
  readonly run: RunSettings;
}

export function configureRollback(read: OptionReader<OptionOf<'rollback'>>, arch: Arch): RollbackConfig {
  return {
    verb: 'rollback',
    arch,
    node: nodeWithSpareOf(read),
    toGeneration: read.integer('to'),
    dryRun: read.boolean('dry-run'),
    run: runOf(read),
  };
}
