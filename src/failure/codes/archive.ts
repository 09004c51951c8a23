// Codes of an archive that came, but is not the expected one (exit status 4) or not acceptable (5).

import type { CodeEntry } from './entry.ts';

export const digestCodes = {
  'digest-mismatch': {
    means: 'these are not the bytes that were expected',
    remedy: "find out who changed the file; compare it with upstream's release",
    page: 'for archives of your own, with our chart `cniPlugins.sha256`',
  },
  'no-digest-known': {
    means: 'the catalog does not know this release, and no digest was given',
    remedy:
      "give it with --sha256 (CNI_PLUGINS_SHA256), or accept the release's own sidecar with --trust-sidecar",
    page: 'with our chart `cniPlugins.sha256`, or `trustSidecar` if integrity is enough',
  },
  'sidecar-unusable': {
    means: 'the file that the release has beside its archive does not hold its digest',
    remedy: 'give the digest with --sha256 (CNI_PLUGINS_SHA256)',
  },
  'bundle-damaged': {
    means: 'archives of the bundle are not what its manifest, or the catalog, says',
    remedy: 'make the bundle again on a connected machine',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;

const original = "take upstream's own archive of the release; nothing was placed on the node";

export const contentCodes = {
  'archive-damaged': { means: 'the archive is not a whole gzip and tar archive', remedy: original },
  'archive-too-large': { means: 'the archive unpacks to more than any release', remedy: original },
  'plugin-not-a-file': {
    means: 'a requested plugin is a link, a device or a directory in the archive',
    remedy: original,
  },
  'plugin-twice': { means: 'a requested plugin is in the archive twice', remedy: original },
  'plugin-too-large': { means: 'a plugin in the archive is larger than any real one', remedy: original },
  'plugin-not-in-archive': {
    means: 'this release has no such plugin',
    remedy: 'correct --plugins (CNI_PLUGINS), or take a release that has them',
    page: 'v1.0.0 removed `flannel`; `tap` and `dummy` are younger',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
