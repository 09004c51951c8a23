// What several files or pages say of a cluster, as one. Pure.

import type { ClusterObjects } from '../cluster/objects.ts';

/** An object that is in two of them, because somebody gave it twice, is there once: the later one. */
export function mergedObjects(parts: readonly ClusterObjects[]): ClusterObjects {
  return {
    attachments: once(
      parts.flatMap(({ attachments }) => attachments),
      ({ id }) => id,
    ),
    pods: once(
      parts.flatMap(({ pods }) => pods),
      ({ id }) => id,
    ),
    nodes: once(
      parts.flatMap(({ nodes }) => nodes),
      ({ name }) => name,
    ),
    daemonSets: once(
      parts.flatMap(({ daemonSets }) => daemonSets),
      ({ id }) => id,
    ),
    next: undefined,
    troubles: parts.flatMap(({ troubles }) => troubles),
  };
}

function once<Item>(items: readonly Item[], idOf: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [idOf(item), item])).values()];
}
