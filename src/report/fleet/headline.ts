// The first sentence about a fleet, worst first, for people in a hurry. Pure.

import type { Fleet, FleetFinding } from '../../fleet/fleet.ts';
import { countOf, spaced } from '../../fleet/wording.ts';
import { printable } from '../../lib/text/printable.ts';

/** `2 errors, 1 warning`; notes are counted only where there is nothing else. */
export function severityCounts({ findings, advice }: Fleet): string {
  const all: readonly Pick<FleetFinding, 'severity'>[] = [...findings, ...advice];
  const of = (severity: FleetFinding['severity']): number =>
    all.filter((one) => one.severity === severity).length;
  const words = (['error', 'warning'] as const).flatMap((severity) =>
    of(severity) === 0 ? [] : [countOf(of(severity), severity)],
  );
  return words.length === 0 ? 'nothing found' : words.join(', ');
}

/** `4988 of 5000 nodes are ready`. */
export function fleetReadiness({ summary: { nodes, ready } }: Fleet): string {
  if (nodes === 0) return 'no nodes were given';
  if (nodes === ready) return nodes === 1 ? 'the one node is ready' : `all ${spaced(nodes)} nodes are ready`;
  return `${spaced(ready)} of ${countOf(nodes, 'node')} ${ready === 1 ? 'is' : 'are'} ready`;
}

/** All of it on one line. */
export function fleetHeadline(fleet: Fleet): string {
  const who = fleet.cluster === '' ? 'Cluster' : printable(fleet.cluster);
  return `${who}: ${fleetReadiness(fleet)}; ${severityCounts(fleet)}`;
}
