// What this program calls itself.

import manifest from '../../package.json' with { type: 'json' };

export const productName = 'cni-plugins-installer';
export const productVersion: string = manifest.version;

/** Where the bundled variant of our image has its archives. */
export const bundledArchivesPath = '/usr/share/cni-plugins-installer/archives';
