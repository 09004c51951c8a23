// A vitest `describe` for stories that need a whole cluster.

import { describeWhere } from '../../support/needs.ts';
import { missingForClusters } from './requirements.ts';

/** Where something is missing, the stories are skipped with the reason; on CI they fail. */
export function describeInCluster(name: string, stories: () => void): void {
  const missing = missingForClusters();
  describeWhere(missing.length === 0 ? undefined : missing.join(', '), name, stories);
}
