// Provides the files of the base image that the Dockerfile names: pulled, or a stand-in where no registry can be reached.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Busybox } from './busybox.ts';
import { run } from './command.ts';
import { debianStandIn } from './debian-stand-in.ts';
import { madeOnce } from './made-once.ts';
import type { Index, Manifest } from './oci.ts';
import type { Platform } from './platform.ts';

export interface Base {
  /** A root directory with glibc, libstdc++, libgcc and CA certificates, as gcr.io/distroless/cc has it. */
  readonly runtime: string;
  readonly busybox: Busybox;
}

/** `auto`: the stand-in is taken, and said so, when the base image can't be pulled. */
export type BaseChoice = 'auto' | 'pull' | 'stand-in';

export interface ChosenBase {
  /** What people are told, and what the labels of the image say. */
  readonly origin: string;
  readonly runtimeOf: (platform: Platform) => Base['runtime'];
}

export const standInOrigin = 'stand-in from Debian packages';

export function chooseBase(project: string, cache: string, choice: BaseChoice): ChosenBase {
  const runtime = baseReference(project, 'RUNTIME_IMAGE');
  const standIn = {
    origin: standInOrigin,
    runtimeOf: (platform: Platform) => debianStandIn(platform, cache),
  };
  const pulled = { origin: runtime, runtimeOf: (platform: Platform) => pull(runtime, platform, cache) };
  if (choice !== 'auto') return choice === 'pull' ? pulled : standIn;
  const refusal = whyNotReachable(runtime);
  if (refusal === undefined) return pulled;
  process.stderr.write(`${runtime} can't be pulled: taking the ${standInOrigin}\n  ${refusal}\n`);
  return standIn;
}

/** The environment's, or the Dockerfile's default: its ARG lines are the one place that pins images. */
function baseReference(project: string, name: string): string {
  const dockerfile = readFileSync(join(project, 'image/Dockerfile'), 'utf8');
  const pinned = new RegExp(`^ARG ${name}=(\\S+)$`, 'm').exec(dockerfile)?.[1];
  const reference = process.env[name] || pinned;
  if (reference === undefined) throw new Error(`image/Dockerfile has no ARG ${name}`);
  return reference;
}

/** skopeo's own transports pass; a bare name is a registry's, and there a digest makes the tag superfluous. */
function skopeoSource(reference: string): string {
  if (/^[a-z-]+:\/?\//.test(reference)) return reference;
  return `docker://${reference.replace(/:[^:/@]+@/, '@')}`;
}

function whyNotReachable(reference: string): string | undefined {
  try {
    run('skopeo', ['--command-timeout=30s', 'inspect', '--raw', skopeoSource(reference)]);
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').find((line) => line.includes('level=')) ?? String(error);
  }
}

function pull(reference: string, { arch }: Platform, cache: string): string {
  const key = createHash('sha256').update(reference).digest('hex').slice(0, 16);
  return madeOnce(join(cache, `base-${key}-${arch}`), (unfinished) => {
    const layout = `${unfinished}.oci`;
    const platform = ['--override-os=linux', `--override-arch=${arch}`];
    run('skopeo', [...platform, 'copy', '--quiet', skopeoSource(reference), `oci:${layout}:base`]);
    unpack(layout, unfinished);
  });
}

function unpack(layout: string, root: string): void {
  const index = readJson(join(layout, 'index.json')) as Index;
  const manifest = readJson(blob(layout, index.manifests[0]?.digest ?? '')) as Manifest;
  mkdirSync(root);
  for (const { digest } of manifest.layers) {
    run('tar', ['-xf', blob(layout, digest), '-C', root, '--no-same-owner']);
  }
  const removals = readdirSync(root, { recursive: true }).filter((path) => /(^|\/)\.wh\./.test(String(path)));
  if (removals.length > 0)
    throw new Error(`a base image with whiteouts is not understood: ${removals.join()}`);
}

function blob(layout: string, digest: string): string {
  const path = join(layout, 'blobs', digest.replace(':', '/'));
  if (!existsSync(path)) throw new Error(`${layout} has no ${digest}`);
  return path;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
