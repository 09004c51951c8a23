// containerd's root directory with images already in it: a node boots with a copy of that instead of importing.

import { cached, keyOf } from './cache.ts';
import { run } from './command.ts';
import { type Containerd, importImage } from './containerd.ts';
import type { Image } from './oci.ts';
import { awaitRuntime, runtimePid } from './runtime.ts';
import { spawnNode } from './spawn-node.ts';

/** The directory for this set of images, made on a node of its own the first time it is asked for. */
export async function imageTemplate(images: readonly Image[], containerd: Containerd): Promise<string> {
  const key = keyOf(containerd.version, ...images.map((image) => image.layout));
  return cached('template', key, (directory) => fillTemplate(directory, images, containerd));
}

async function fillTemplate(
  directory: string,
  images: readonly Image[],
  containerd: Containerd,
): Promise<void> {
  const node = await spawnNode({
    propagation: 'private',
    network: 'loopback',
    address: '',
    binds: {},
    runtimeCommand: ['containerd'],
    containerd,
    template: '',
    disk: '',
    preinit: '',
    env: {},
  });
  try {
    const root = `/proc/${node.pid}/root`;
    (await awaitRuntime(root)).close();
    for (const image of images) await importImage(root, image, containerd);
    // An idle database is consistent, and a stopped containerd stays idle.
    process.kill(await runtimePid(node.pid), 'SIGSTOP');
    await run('cp', ['-a', `${root}/var/lib/containerd/.`, directory]);
  } finally {
    await node.stop();
  }
}
