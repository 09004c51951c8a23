// What has come to pass between two looks at a node, for those who read its Events. Pure.

import { troublesAgainst } from '../health.ts';
import type { NodeSight } from './standing.ts';

export type OccurrenceReason =
  | 'CNIPluginRepaired'
  | 'CNIPluginContended'
  | 'CNIPluginMissing'
  | 'CNIMountNotShared'
  | 'CNIBinDirReplaced';

export interface Occurrence {
  readonly reason: OccurrenceReason;
  /** The plugin or the path that it is about; with the reason it makes one series. */
  readonly about: string;
  readonly message: string;
}

/** By reason and subject, what is the matter now. */
export type Matters = ReadonlyMap<string, Occurrence>;

/** Nothing before the first deep audit: a node that nobody has looked at has no troubles. */
export function mattersIn({ view, contended, unshared }: NodeSight, nowMs: number): Matters {
  if (!view.deepAuditDone) return new Map();
  const occurrences: Occurrence[] = [
    ...troublesAgainst(view, nowMs).map(({ name, because }): Occurrence => ({
      reason: 'CNIPluginMissing',
      about: name,
      message: because,
    })),
    ...contended.map((name): Occurrence => ({
      reason: 'CNIPluginContended',
      about: name,
      message: `somebody else writes or removes ${name} again and again; the log of the watch says who`,
    })),
    ...unshared.map((path): Occurrence => ({
      reason: 'CNIMountNotShared',
      about: path,
      message: `${path} is not on a shared mount: a pod that asks for mount propagation there is refused`,
    })),
  ];
  return new Map(occurrences.map((one) => [seriesOf(one), one]));
}

/** What is the matter now, and was not before. */
export function newMatters(before: Matters, now: Matters): readonly Occurrence[] {
  return [...now].flatMap(([series, occurrence]) => (before.has(series) ? [] : [occurrence]));
}

export function seriesOf({ reason, about }: Occurrence): string {
  return `${reason} ${about}`;
}

/** What went well is Normal; the rest somebody should read. */
export function eventTypeOf(reason: OccurrenceReason): 'Normal' | 'Warning' {
  return reason === 'CNIPluginRepaired' ? 'Normal' : 'Warning';
}
