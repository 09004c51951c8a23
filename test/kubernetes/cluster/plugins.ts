// Puts plugins into a node's bin dir as others than the installer do: by unpacking a release there.

import { run } from '../../throwaway-node/command.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import type { PluginsArchive } from '../../node/plugins-archive.ts';

export async function unpackPlugins(
  node: ThrowawayNode,
  archive: PluginsArchive,
  names: readonly string[],
): Promise<void> {
  const members = names.map((name) => `./${name}`);
  await run('tar', ['-xzf', archive.path, '-C', node.binDir, '--no-same-owner', ...members]);
}
