// Options that say where an archive comes from, and how it is recognised.

import { upstreamBaseUrl } from '../../release/upstream.ts';
import type { OptionSpecs } from './spec.ts';

const fetching = ['install', 'bundle'] as const;

export const sourceOptions = {
  archive: {
    kind: 'text',
    env: 'CNI_PLUGINS_ARCHIVE',
    placeholder: 'PATH',
    meaning:
      "local tarball, or a directory that holds one by upstream's file name (flat, or `<version>/<file>`); no network is used",
    verbs: fetching,
  },
  mirror: {
    kind: 'list',
    env: 'CNI_PLUGINS_MIRRORS',
    default: upstreamBaseUrl,
    placeholder: 'URLS',
    meaning:
      'base URLs in order, `<base>/<version>/cni-plugins-linux-<arch>-<version>.tgz`; `http`, `https`, `file`; `oci://registry[:port]/repository` is a registry (`oci+http` one without TLS): the archive by its digest, else the layer of that name under the tag `<version>`',
    verbs: fetching,
  },
  sha256: {
    kind: 'list',
    env: 'CNI_PLUGINS_SHA256',
    otherwise: 'the catalog',
    placeholder: 'HEX',
    meaning:
      'expected digest of the archive: one, or `amd64=<hex>,arm64=<hex>`; several for one platform mean any of them',
    verbs: fetching,
  },
  sha512: {
    kind: 'list',
    env: 'CNI_PLUGINS_SHA512',
    otherwise: 'the catalog',
    placeholder: 'HEX',
    meaning: 'the same by SHA-512; with `--sha256` both must hold',
    verbs: fetching,
  },
  'trust-sidecar': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_TRUST_SIDECAR',
    default: 'false',
    meaning: "accept the release's own `.sha256` when nothing else is known: integrity only",
    verbs: fetching,
  },
  retries: {
    kind: 'integer',
    env: 'CNI_PLUGINS_RETRIES',
    default: '5',
    placeholder: 'N',
    meaning: 'further attempts after the first, for each mirror',
    verbs: fetching,
  },
  'ca-file': {
    kind: 'text',
    env: 'CNI_PLUGINS_CA_FILE',
    placeholder: 'FILE',
    meaning: 'extra certificate authorities (PEM)',
    verbs: fetching,
  },
  'registry-auth': {
    kind: 'text',
    env: 'CNI_PLUGINS_REGISTRY_AUTH',
    placeholder: 'FILE',
    meaning:
      'credentials for registries: a docker `config.json`, such as a pull secret; credential helpers are not run',
    verbs: fetching,
  },
} as const satisfies OptionSpecs;
