// Multus' pods among those that were given. Pure.

import type { PodView } from '../../cluster/objects.ts';
import type { NodeFacts } from '../../facts/node-facts.ts';

/** On this node, where we know which it is; undefined where nothing of the cluster was given. */
export function multusPods({ cluster, node }: NodeFacts): readonly PodView[] | undefined {
  if (!cluster.seen) return undefined;
  return cluster.value.pods.filter(
    (pod) =>
      pod.containers.some(({ image }) => /\bmultus(-cni)?[:@-]/.test(image)) &&
      (node === undefined || pod.node === node),
  );
}
