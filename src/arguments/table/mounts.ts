// Options that say which mounts are shared, and how.

import type { OptionSpecs } from './spec.ts';

const requiring = ['install', 'share-mounts', 'watch'] as const;
const lookingAtMounts = ['install', 'share-mounts', 'verify', 'watch'] as const;
const seeingMounts = [...lookingAtMounts, 'doctor'] as const;

export const mountsOptions = {
  'share-mounts': {
    kind: 'choice',
    env: 'CNI_PLUGINS_SHARE_MOUNTS',
    choices: ['rshared', 'targeted', 'off'],
    default: 'rshared',
    meaning:
      '`rshared`: when a needed mount is not shared, `mount --make-rshared /` on the host; `targeted`: only the mounts needed; `off`',
    verbs: lookingAtMounts,
    inVerb: {
      verify: { meaning: 'with `off`, mounts are not looked at' },
      watch: { meaning: 'with `off`, mounts are not looked at; they are never changed' },
    },
  },
  'shared-path': {
    kind: 'list',
    env: 'CNI_PLUGINS_SHARED_PATHS',
    default: '/,/opt/cni/bin,/var/lib/kubelet,/run/netns',
    placeholder: 'PATHS',
    meaning: 'host paths whose mounts must be shared',
    verbs: seeingMounts,
  },
  'require-shared': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_REQUIRE_SHARED',
    default: 'false',
    meaning: 'fail where sharing could not be obtained; else it is a warning with the remedy',
    verbs: requiring,
    inVerb: { watch: { meaning: 'not ready while a mount that must be shared is not' } },
  },
  every: {
    kind: 'duration',
    env: 'CNI_PLUGINS_SHARE_EVERY',
    placeholder: 'DURATION',
    otherwise: 'once',
    meaning: 'stay, and share what is no longer shared again and again, up to a fifth sooner or later',
    verbs: ['share-mounts'],
  },
  'host-proc': {
    kind: 'text',
    env: 'CNI_PLUGINS_HOST_PROC',
    default: '/host/proc',
    placeholder: 'DIR',
    meaning: "the host's procfs; absent: `/proc` when the pod has hostPID",
    verbs: [...seeingMounts, 'dhcp'],
    inVerb: { dhcp: { meaning: "the host's procfs: it names a daemon of others that has the socket" } },
  },
} as const satisfies OptionSpecs;
