// Tells a story in a cluster of its own: how long each step took, and how things stood where it came to another end.

import { bootCluster, type Cluster, type ClusterOptions } from './cluster.ts';

export interface Telling {
  readonly cluster: Cluster;
  /** Says when the story has come this far. */
  readonly reached: (step: string) => void;
}

/** Boots, tells, and leaves nothing behind. When the story fails, the state of the cluster is printed before that. */
export async function inCluster(
  title: string,
  options: ClusterOptions,
  tell: (telling: Telling) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const reached = (step: string): void => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${seconds.padStart(6)} s  ${title}: ${step}`);
  };
  await using cluster = await bootCluster(options);
  try {
    await cluster.untilReady();
    reached('the nodes are Ready');
    await tell({ cluster, reached });
  } catch (error) {
    console.error(`${title} failed; this is how the cluster stood.\n\n${await cluster.describe()}`);
    throw error;
  }
}
