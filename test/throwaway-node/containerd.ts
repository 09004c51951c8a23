// Talks to containerd where CRI has no word for it: its version, its configuration, importing an image.

import { join } from 'node:path';
import { run } from './command.ts';
import type { Image } from './oci.ts';

/** Which containerd a node runs. */
export interface Containerd {
  /** As the binary tells it, such as `1.6.20~ds1`. */
  readonly version: string;
  /** The configuration file for that version; its schema changed with 2.0. */
  readonly config: string;
  /** A directory of this machine with containerd, its shim and ctr; undefined for those on the PATH. */
  readonly directory: string | undefined;
}

export async function containerdIn(directory: string | undefined): Promise<Containerd> {
  const told = await run(programIn(directory, 'containerd'), ['--version']);
  const [, , word = ''] = told.trim().split(' ');
  const version = word.replace(/^v/, '');
  const file = version.startsWith('1.') ? 'containerd-1.toml' : 'containerd-2.toml';
  return { version, config: join(import.meta.dirname, file), directory };
}

/** @param root the node's root directory as seen from here */
export async function importImage(root: string, image: Image, { directory }: Containerd): Promise<void> {
  const socket = join(root, 'run/containerd/containerd.sock');
  const script = 'set -o pipefail; tar -C "$1" -c . | "$3" --address "$2" --namespace k8s.io images import -';
  await run('bash', ['-c', script, 'bash', image.layout, socket, programIn(directory, 'ctr')]);
}

function programIn(directory: string | undefined, name: string): string {
  return directory === undefined ? name : join(directory, name);
}
