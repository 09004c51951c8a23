// Where upstream publishes its releases, and under which names.

import type { Arch } from '../lib/architecture.ts';
import { parseVersion } from './version.ts';

export const upstreamBaseUrl = 'https://github.com/containernetworking/plugins/releases/download';

/** The name under which upstream publishes the archive; its sidecars append `.sha256` and `.sha512`. */
export function archiveFileName(version: string, arch: Arch | '<arch>'): string {
  return `cni-plugins-linux-${arch}-${parseVersion(version) ?? version}.tgz`;
}
