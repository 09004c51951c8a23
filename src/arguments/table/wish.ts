// Options that say which plugins of which release are wanted.

import type { OptionSpecs } from './spec.ts';

const installAlone = ['install'] as const;

export const wishOptions = {
  plugins: {
    kind: 'list',
    env: 'CNI_PLUGINS',
    default: 'bridge,host-device,host-local,ipvlan,loopback,macvlan,portmap,static',
    placeholder: 'NAMES',
    meaning: 'plugins to install; `all` = all of the release',
    verbs: ['install', 'verify'],
    inVerb: {
      verify: {
        meaning:
          'plugins that the node should have, besides those its ledger records; `all` = all of its release',
        otherwise: "the ledger's; where there is none, those that `install` installs by default",
      },
    },
  },
  skip: {
    kind: 'list',
    env: 'SKIP_CNI_BINARIES',
    placeholder: 'NAMES',
    meaning: 'names to leave out',
    verbs: ['install', 'verify'],
  },
  'cni-version': {
    kind: 'text',
    env: 'CNI_PLUGINS_VERSION',
    otherwise: 'newest in the catalog',
    placeholder: 'VERSION',
    meaning:
      'release to install, `v1.9.1` or `1.9.1`; a local archive that carries a release in its name sets it too',
    verbs: ['install', 'verify', 'releases'],
    inVerb: {
      verify: {
        meaning: 'release that the node should have; another one is a finding',
        otherwise: 'the one it has',
      },
      releases: { meaning: 'only this release, in detail', otherwise: 'all that are known' },
    },
  },
  mode: {
    kind: 'list',
    env: 'CNI_PLUGINS_MODES',
    otherwise: '0755 for each',
    placeholder: 'NAME=OCTAL',
    meaning:
      'permission bits of a plugin, such as `bridge=4755`; beyond 0755 (setuid, setgid) only by this explicit choice, never by the archive',
    verbs: installAlone,
  },
} as const satisfies OptionSpecs;
