// The real Multus as images under upstream's own names, so that upstream's manifests are applied as they are.

import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfFile } from '../../throwaway-node/cache.ts';
import { type Image, makeImage, makeLayer } from '../../throwaway-node/images.ts';
import { type Mode, multusStamp, program } from './programs.ts';

interface Layout {
  readonly tag: string;
  readonly binaries: readonly string[];
  /** Names in / for some of them. */
  readonly shortcuts: readonly string[];
  readonly entrypoint: string;
}

const directory = '/usr/src/multus-cni/bin';

/** As upstream's Dockerfiles have it, less the distribution below. */
const layouts: Readonly<Record<Mode, Layout>> = {
  thin: {
    tag: 'snapshot',
    binaries: ['multus', 'install_multus', 'thin_entrypoint'],
    shortcuts: ['install_multus', 'thin_entrypoint'],
    entrypoint: '/thin_entrypoint',
  },
  thick: {
    tag: 'snapshot-thick',
    binaries: ['multus-daemon', 'multus-shim', 'install_multus'],
    shortcuts: [],
    entrypoint: `${directory}/multus-daemon`,
  },
};

/** The daemon hands its PATH to the plugins that it runs on the node, and `bridge` looks for iptables. */
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** @param tag instead of the one in upstream's manifest */
export async function multusImage(mode: Mode, tag = layouts[mode].tag): Promise<Image> {
  const layout = layouts[mode];
  const inputs = [await digestOfFile(import.meta.filename), multusStamp(), mode];
  const layer = await makeLayer(inputs, (root) => fill(root, layout));
  return makeImage({
    reference: `ghcr.io/k8snetworkplumbingwg/multus-cni:${tag}`,
    layers: [layer],
    config: { Entrypoint: [layout.entrypoint], Env: [path] },
  });
}

async function fill(root: string, { binaries, shortcuts }: Layout): Promise<void> {
  for (const made of [directory, 'etc', 'tmp', 'run', 'var', 'hostroot']) {
    await mkdir(join(root, made), { recursive: true });
  }
  for (const binary of binaries) await copyFile(program(binary), join(root, directory, binary));
  // Upstream's image calls it by another name than its package.
  await copyFile(program('passthru-cni'), join(root, directory, 'passthru'));
  for (const shortcut of shortcuts) await symlink(join(directory, shortcut), join(root, shortcut));
  // CNI names network namespaces below /var/run, and the manifest mounts the node's at /run.
  await symlink('../run', join(root, 'var/run'));
  // The daemon asks who it is, and does without an answer only by a nil pointer.
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
}
