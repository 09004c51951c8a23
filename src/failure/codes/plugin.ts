// Codes of a plugin that does not work on this node (exit status 7).

import type { CodeEntry } from './entry.ts';

const intact = 'use an intact archive of the release for this platform; nothing was replaced on the node';

export const pluginCodes = {
  'plugin-not-elf': {
    means: 'a plugin is not an executable: empty, a script, anything else',
    remedy: intact,
  },
  'plugin-other-architecture': {
    means: 'a plugin is built for another architecture than the node',
    remedy: "take the archive for the node's architecture",
  },
  'plugin-truncated': { means: 'a plugin has fewer bytes than its headers speak of', remedy: intact },
  'plugin-not-started': { means: 'the kernel refused to run a plugin', remedy: intact },
  'plugin-fails': { means: 'a plugin ended with an error when it was run', remedy: intact },
  'plugin-crashes': { means: 'a plugin was killed by a signal when it was run', remedy: intact },
  'plugin-hangs': { means: 'a plugin did not end in time when it was run', remedy: intact },
  'plugin-speaks-no-cni': {
    means: 'a plugin did not say which versions of the CNI specification it speaks',
    remedy: intact,
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
