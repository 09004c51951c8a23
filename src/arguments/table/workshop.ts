// Options of the verbs that touch no node: `bundle` and `releases`.

import type { OptionSpecs } from './spec.ts';

export const workshopOptions = {
  directory: {
    kind: 'text',
    placeholder: 'DIR',
    meaning: 'where the bundle goes',
    verbs: ['bundle'],
  },
  check: {
    kind: 'text',
    placeholder: 'DIR',
    meaning: 'verify a bundle instead of making one; no network is used',
    verbs: ['bundle'],
  },
  layout: {
    kind: 'choice',
    choices: ['files', 'oci'],
    default: 'files',
    placeholder: 'LAYOUT',
    meaning:
      '`files` as upstream has them, for a volume or a web server; `oci` is an OCI image layout with an artifact for each release, for `skopeo copy`, `oras cp` or `crane push` into a registry',
    verbs: ['bundle'],
  },
  versions: {
    kind: 'list',
    placeholder: 'VERSIONS',
    otherwise: 'newest in the catalog',
    meaning: 'releases to bundle',
    verbs: ['bundle'],
  },
  platforms: {
    kind: 'list',
    placeholder: 'ARCHES',
    default: 'amd64,arm64',
    meaning: 'architectures to bundle',
    verbs: ['bundle'],
  },
  'for-kubernetes': {
    kind: 'text',
    placeholder: 'MINOR',
    meaning: 'only the release that this Kubernetes minor is tested with, `1.34`',
    verbs: ['releases'],
  },
  'for-runtime': {
    kind: 'text',
    placeholder: 'RUNTIME',
    meaning: 'CNI spec versions against those of a container runtime, `containerd/1.7`',
    verbs: ['releases'],
  },
} as const satisfies OptionSpecs;
