// What `watch` is told.

import type { Arch } from '../../lib/architecture.ts';
import type { OptionReader } from '../option-reader.ts';
import type { ChoiceOf, OptionOf } from '../options.ts';
import { type Listening, listeningOf } from '../parts/listen.ts';
import { type NodePaths, nodeWithSpareOf } from '../parts/node-paths.ts';
import { type HeraldWish, heraldWishOf } from '../parts/herald.ts';
import { type RunSettings, stayingRunOf } from '../parts/run.ts';
import { type SharingWish, sharingWishOf } from '../parts/sharing.ts';

export interface WatchConfig {
  readonly verb: 'watch';
  readonly arch: Arch;
  readonly node: NodePaths;
  readonly periodMs: number;
  readonly onDrift: ChoiceOf<'on-drift'>;
  readonly repairBudget: number;
  /** Undefined: nobody is answered. */
  readonly listening: Listening | undefined;
  readonly sharing: SharingWish;
  /** What Kubernetes is told; undefined: nothing. */
  readonly herald: HeraldWish | undefined;
  /** Where a file labels the node; undefined: none does. */
  readonly featuresDir: string | undefined;
  readonly run: RunSettings;
}

/** Less would be an audit without end: digesting the plugins takes some hundredths of a second. */
const shortestPeriodMs = 1_000;

export function configureWatch(read: OptionReader<OptionOf<'watch'>>, arch: Arch): WatchConfig {
  const periodMs = read.durationMs('period');
  if (periodMs < shortestPeriodMs) throw read.refusal('period', 'is too short', 'one second or more');
  return {
    verb: 'watch',
    arch,
    node: nodeWithSpareOf(read),
    periodMs,
    onDrift: read.choice('on-drift'),
    repairBudget: read.integer('repair-budget'),
    listening: listeningOf(read),
    sharing: sharingWishOf(read),
    herald: heraldWishOf(read),
    featuresDir: read.path('nfd-features-dir'),
    run: stayingRunOf(read),
  };
}
