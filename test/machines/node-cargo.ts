// What a systemd node brings along on its third drive: images, a containerd and its configuration, programs of the tests.

import { buildSync } from 'esbuild';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../image/command.ts';
import { project } from '../support/project.ts';
import type { PluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage, type Image, pauseImage } from '../throwaway-node/images.ts';
import { guestPackages } from './guest-packages.ts';

/** Debian's, or one that test/setup/tools.sh builds. */
export type Runtime = 'containerd 1.6' | BuiltRuntime;

type BuiltRuntime = 'containerd 1.7' | 'containerd 2';

const builtRuntimes: Readonly<Record<BuiltRuntime, string>> = {
  'containerd 1.7': 'containerd-1.7',
  'containerd 2': 'containerd',
};

/** What a test with these runtimes lacks, in words. */
export function missingRuntimes(...runtimes: readonly BuiltRuntime[]): readonly string[] {
  return runtimes
    .filter((runtime) => !existsSync(join(directoryOf(runtime), 'ctr')))
    .map((runtime) => `${runtime} (test/setup/tools.sh ${builtRuntimes[runtime]} builds it)`);
}

export function isBuilt(runtime: Runtime): runtime is BuiltRuntime {
  return runtime in builtRuntimes;
}

function directoryOf(runtime: BuiltRuntime): string {
  return join(project, 'build/tools', builtRuntimes[runtime]);
}

export type Files = Readonly<Record<string, Buffer>>;

export interface NodeCargo {
  readonly archive: PluginsArchive;
  readonly runtime: Runtime;
  /** Beside those of the pause container and of busybox. */
  readonly images: readonly Image[];
  /** Who makes the cgroups of containers: runc by itself, or systemd, of which runc asks them. */
  readonly cgroups: 'runc' | 'systemd';
}

/** The files of /cargo by their names. */
export async function nodeCargo({ archive, runtime, images, cgroups }: NodeCargo): Promise<Files> {
  const all = [await pauseImage(), await busyboxImage(), ...images];
  const tarred = all.map((image, index) => [`image-${index}.tar`, tarOf(image.layout)] as const);
  const programs = ['containerd', 'containerd-shim-runc-v2', 'ctr'];
  const config = runtime === 'containerd 2' ? 'containerd-2.toml' : 'containerd-1.toml';
  return {
    ...Object.fromEntries(tarred),
    ...(isBuilt(runtime)
      ? Object.fromEntries(programs.map((name) => [name, readFileSync(join(directoryOf(runtime), name))]))
      : {}),
    'config.toml': asOnMachine(readFileSync(join(project, 'test/throwaway-node', config), 'utf8'), cgroups),
    busybox: readFileSync(guestPackages('amd64').busybox),
    'pods-in-guest.cjs': programForGuest('pods-in-guest.ts'),
    'cri.proto': readFileSync(join(project, 'test/throwaway-node/cri.proto')),
    [`cni-plugins-linux-amd64-${archive.version}.tgz`]: readFileSync(archive.path),
  };
}

/** A throw-away node has neither AppArmor nor systemd. */
function asOnMachine(config: string, cgroups: NodeCargo['cgroups']): Buffer {
  const confining = config.replace('disable_apparmor = true', 'disable_apparmor = false');
  return Buffer.from(confining.replace('SystemdCgroup = false', `SystemdCgroup = ${cgroups === 'systemd'}`));
}

function tarOf(directory: string): Buffer {
  const scratch = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    run('tar', ['-C', directory, '-cf', join(scratch, 'tar'), '.']);
    return readFileSync(join(scratch, 'tar'));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** A program of this folder in one file, for the Node.js of the image. */
export function programForGuest(source: string): Buffer {
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, source)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
  });
  return Buffer.from(outputFiles[0]?.contents ?? []);
}
