// A vitest `describe` for stories that need a whole cluster.

import { describeWhere } from '../../support/needs.ts';
import { missingRequirements } from '../../throwaway-node/requirements.ts';
import { missingPrograms } from './tools.ts';

/** Where something is missing, the stories are skipped with the reason; on CI they fail. */
export function describeInCluster(name: string, stories: () => void): void {
  const missing = [
    ...missingRequirements(['openssl', 'mkfs.ext4']),
    ...missingPrograms().map((program) => `${program} (make cluster-tools)`),
  ];
  describeWhere(missing.length === 0 ? undefined : missing.join(', '), name, stories);
}
