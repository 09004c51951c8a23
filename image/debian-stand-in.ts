// Makes what stands in for the base image where no registry can be reached: the same Debian packages, unpacked.
//
// They are the newest of the machine's own Debian release, not pinned: what is made of them is for building and testing
// without a registry, not for a release.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloadPackages, unpackPackages } from './debian-packages.ts';
import { madeOnce } from './made-once.ts';
import type { Platform } from './platform.ts';

const runtimePackages = ['base-files', 'ca-certificates', 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6'];

/** Returns a root directory with what gcr.io/distroless/cc has. */
export function debianStandIn({ arch }: Platform, cache: string): string {
  return madeOnce(join(cache, `stand-in-runtime-${arch}`), (unfinished) => {
    const packages = downloadPackages(arch, runtimePackages, `${unfinished}.apt`);
    unpackPackages(packages, runtimePackages, unfinished);
    writeCertificates(unfinished);
  });
}

/** What the package's own configuration step would do. */
function writeCertificates(root: string): void {
  const source = join(root, 'usr/share/ca-certificates/mozilla');
  const target = join(root, 'etc/ssl/certs/ca-certificates.crt');
  const certificates = readdirSync(source)
    .toSorted()
    .map((name) => readFileSync(join(source, name), 'utf8').trimEnd());
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${certificates.join('\n')}\n`);
}
