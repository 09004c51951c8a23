// Talks to containerd where CRI has no word for it: its version, its configuration, importing an image.

import { join } from 'node:path';
import { run } from './command.ts';
import type { Image } from './oci.ts';

/** As the binary on this machine tells it, such as `1.6.20~ds1`. */
export async function containerdVersion(): Promise<string> {
  const told = await run('containerd', ['--version']);
  const [, , version = ''] = told.trim().split(' ');
  return version.replace(/^v/, '');
}

/** The configuration file for that version; its schema changed with 2.0. */
export function containerdConfig(version: string): string {
  return join(import.meta.dirname, version.startsWith('1.') ? 'containerd-1.toml' : 'containerd-2.toml');
}

/** @param root the node's root directory as seen from here */
export async function importImage(root: string, image: Image): Promise<void> {
  const socket = join(root, 'run/containerd/containerd.sock');
  const script = 'set -o pipefail; tar -C "$1" -c . | ctr --address "$2" --namespace k8s.io images import -';
  await run('bash', ['-c', script, 'bash', image.layout, socket]);
}
