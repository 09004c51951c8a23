// A vitest `describe` for stories that need a whole cluster.

import { describeWhere, listed } from '../../support/needs.ts';
import { missingForClusters } from './cluster-requirements.ts';

export function describeInCluster(name: string, stories: () => void): void {
  describeWhere(listed(missingForClusters()), name, stories);
}
