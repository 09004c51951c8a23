// Options that say where on the node what may be done.

import type { OptionSpecs } from './spec.ts';

const placing = ['install'] as const;
const nodeVerbs = ['install', 'verify', 'doctor', 'watch', 'dhcp', 'rollback', 'uninstall'] as const;

export const nodeOptions = {
  'cni-bin-dir': {
    kind: 'text',
    env: 'CNI_PLUGINS_BIN_DIR',
    default: '/host/opt/cni/bin',
    placeholder: 'DIR',
    meaning: "where the node's CNI bin dir is mounted",
    verbs: nodeVerbs,
  },
  'create-bin-dir': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_CREATE_BIN_DIR',
    default: 'false',
    meaning: 'make the bin dir when it is absent',
    verbs: placing,
  },
  'state-dir': {
    kind: 'text',
    env: 'CNI_PLUGINS_STATE_DIR',
    otherwise: '`.cni-plugins-installer` in the bin dir',
    placeholder: 'DIR',
    meaning: "the node's store and ledger; on the same mount as the bin dir",
    verbs: nodeVerbs,
  },
  'spare-store': {
    kind: 'text',
    env: 'CNI_PLUGINS_SPARE_STORE',
    otherwise: 'none',
    placeholder: 'DIR',
    meaning:
      'a second copy of the store outside the bin dir, filled after each change and read where the first is gone',
    verbs: ['install', 'verify', 'watch', 'doctor', 'rollback', 'uninstall'],
    inVerb: {
      doctor: { meaning: 'the second copy of the store, to be looked at' },
      uninstall: { meaning: 'the second copy of the store, which is given back too' },
    },
  },
  'on-conflict': {
    kind: 'choice',
    env: 'CNI_PLUGINS_ON_CONFLICT',
    choices: ['replace', 'keep', 'fail'],
    default: 'replace',
    meaning:
      'a plugin that others placed: `replace` it (its original comes back at uninstall), `keep` it if it works, or `fail`; `UPDATE_CNI_BINARIES=false` means `keep`',
    verbs: ['install', 'verify'],
    inVerb: {
      verify: {
        meaning:
          'what the installs of this node do with a plugin that others placed, so that findings say what comes next',
      },
    },
  },
  to: {
    kind: 'integer',
    placeholder: 'N',
    otherwise: 'the one before',
    meaning: 'generation to go back to',
    verbs: ['rollback'],
  },
} as const satisfies OptionSpecs;
