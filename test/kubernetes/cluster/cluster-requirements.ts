// Says what this machine lacks for whole clusters.

import { missingRequirements } from '../../throwaway-node/node-requirements.ts';
import { missingPrograms } from './programs.ts';

/** One phrase for each thing that is missing; empty when clusters can be booted. */
export function missingForClusters(): string[] {
  return [
    ...missingRequirements(['openssl', 'mkfs.ext4', 'docker-registry', 'skopeo']),
    ...missingPrograms().map((program) => `${program} (make cluster-tools)`),
  ];
}
