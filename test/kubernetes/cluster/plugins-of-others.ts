// Puts plugins into a node's bin dir as others than the installer do: by unpacking a release there.

import { run } from '../../throwaway-node/command.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import type { PluginsArchive } from '../../support/node/plugins-archive.ts';

export async function unpackPlugins(
  node: ThrowawayNode,
  archive: PluginsArchive,
  names: readonly string[],
): Promise<void> {
  const members = names.map((name) => `./${name}`);
  await run('tar', ['-xzf', archive.path, '-C', node.binDir, '--no-same-owner', ...members]);
}

/** A line for each entry of the bin dir with all but its bytes, and one for each file with their digest; in no order that counts. */
export async function binDirListing(node: ThrowawayNode): Promise<string[]> {
  const facts = "find -mindepth 1 -printf '%y %m %U:%G %T@ %P %l\\n'";
  const digests = "find -type f -printf '%P\\0' | xargs -0 sha256sum";
  const lines = await node.host(`cd /opt/cni/bin && { ${facts}; ${digests}; } | sort`);
  return lines.trimEnd().split('\n');
}

/** The SHA-256 of plugins in an archive, by tar(1), not by the code under test. */
export async function digestsIn(
  { path }: PluginsArchive,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const digest = async (name: string): Promise<[string, string]> => {
    const listing = await run('sh', ['-c', 'tar -xOf "$1" "./$2" | sha256sum', 'sh', path, name]);
    return [name, listing.slice(0, 64)];
  };
  return new Map(await Promise.all(names.map(digest)));
}
