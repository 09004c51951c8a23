// Archives in upstream's own layout, of stand-in plugins, with the digests by which an operator names them.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ownArch } from './own-arch.ts';
import { plugin, pluginNames } from './plugins.ts';
import { type TarEntry, tgz } from './tar.ts';

export interface ReleaseArchive {
  readonly path: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly sha512: string;
}

/** What an archive has under each plugin's name: bytes, or a whole entry of the caller's. */
export type Contents = Readonly<Record<string, Buffer | Omit<TarEntry, 'name'>>>;

export function archiveName(version: string): string {
  return `cni-plugins-linux-${ownArch}-${version}.tgz`;
}

/** Every stand-in plugin in one version. */
export function contentsOf(version: string): Record<string, Buffer> {
  return Object.fromEntries(pluginNames.map((name) => [name, plugin(name, { version })]));
}

/** Upstream's way (`tar … .`): `./` first, `./<name>`, the papers beside the plugins. */
export function packRelease(contents: Contents): Buffer {
  const plugins = Object.entries(contents).map(([name, part]): TarEntry => {
    return { name: `./${name}`, ...(Buffer.isBuffer(part) ? { content: part } : part) };
  });
  return tgz([
    { name: './', type: 'directory' },
    { name: './LICENSE', mode: 0o644, content: 'a licence\n' },
    ...plugins,
    { name: './README.md', mode: 0o644, content: 'read me\n' },
  ]);
}

/** Writes the bytes where an archive is looked for. */
export function layOut(path: string, bytes: Buffer): ReleaseArchive {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return { path, bytes, sha256: digest('sha256', bytes), sha512: digest('sha512', bytes) };
}

const packed = new Map<string, Buffer>();

/** The bytes of a sound release; packed once. */
export function soundRelease(version = 'v1.9.1'): Buffer {
  const bytes = packed.get(version) ?? packRelease(contentsOf(version));
  packed.set(version, bytes);
  return bytes;
}

/** A sound release of one version in the directory, by upstream's file name. */
export function layOutRelease(directory: string, version = 'v1.9.1'): ReleaseArchive {
  return layOut(join(directory, archiveName(version)), soundRelease(version));
}

/** The sidecar that upstream publishes beside an archive, in sha256sum's format. */
export function layOutSidecar({ path, sha256 }: ReleaseArchive, fileName = basename(path)): void {
  writeFileSync(`${path}.sha256`, `${sha256}  ${fileName}\n`);
}

function digest(algorithm: string, bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
