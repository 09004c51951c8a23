// Nodes that have another release than most of their architecture. Pure.

import type { FleetNode } from './fleet.ts';

export interface Skew {
  readonly arch: string;
  readonly most: string;
  /** By release, oldest group last. */
  readonly minority: readonly { readonly release: string; readonly nodes: readonly string[] }[];
}

/** Nodes that take no pods do not count: they may be on their way out. */
export function skewsAmong(nodes: readonly FleetNode[]): readonly Skew[] {
  const countOf = nodes.filter(({ schedulable, release }) => schedulable && release !== null);
  return [...Map.groupBy(countOf, ({ arch }) => arch ?? 'unknown')].flatMap(([arch, of]) => skewOf(arch, of));
}

function skewOf(arch: string, nodes: readonly FleetNode[]): Skew[] {
  const groups = [...Map.groupBy(nodes, ({ release }) => release ?? '')]
    .map(([release, of]) => ({ release, nodes: of.map(({ name }) => name) }))
    .toSorted((a, b) => b.nodes.length - a.nodes.length || (a.release < b.release ? 1 : -1));
  const [most, ...minority] = groups;
  return most === undefined || minority.length === 0 ? [] : [{ arch, most: most.release, minority }];
}
