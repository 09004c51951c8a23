// Makes what stands in for the base images where no registry can be reached: the same Debian packages, unpacked.
//
// The packages come through apt, which checks the archive's signatures, with state of its own: the machine's packages and
// architectures are not touched, nothing is configured or run, and any Debian can do it for any architecture. They are
// the newest of the machine's own Debian release, not pinned: what is made of them is for building and testing without a
// registry, not for a release.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Base } from './base.ts';
import { run } from './command.ts';
import { madeOnce } from './made-once.ts';
import type { Arch, Platform } from './platform.ts';

const runtimePackages = ['base-files', 'ca-certificates', 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6'];
const busyboxPackages = ['busybox-static'];

export function debianStandIn({ arch }: Platform, cache: string): Base {
  const directory = madeOnce(join(cache, `stand-in-${arch}`), (unfinished) => {
    const packages = downloadPackages(arch, [...runtimePackages, ...busyboxPackages], `${unfinished}.apt`);
    unpackPackages(packages, runtimePackages, join(unfinished, 'runtime'));
    writeCertificates(join(unfinished, 'runtime'));
    unpackPackages(packages, busyboxPackages, join(unfinished, 'busybox'));
  });
  return { runtime: join(directory, 'runtime'), busybox: join(directory, 'busybox') };
}

/** @returns the directory with the .deb files */
function downloadPackages(arch: Arch, names: readonly string[], scratch: string): string {
  for (const directory of ['state/lists/partial', 'cache/archives/partial', 'packages']) {
    mkdirSync(join(scratch, directory), { recursive: true });
  }
  const config = join(scratch, 'apt.conf');
  const settings = {
    'APT::Architecture': arch,
    'APT::Sandbox::User': 'root',
    'Dir::State': join(scratch, 'state'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(scratch, 'cache'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(config, `${lines.join('')}APT::Architectures { "${arch}"; };\n`);
  const env = { APT_CONFIG: config };
  run('apt-get', ['update', '-qq'], { env });
  run('apt-get', ['download', '-qq', ...names], { env, cwd: join(scratch, 'packages') });
  return join(scratch, 'packages');
}

/** As distroless images do it, the control data of each package stays in status.d, for scanners. */
function unpackPackages(packages: string, names: readonly string[], root: string): void {
  const statusDir = join(root, 'var/lib/dpkg/status.d');
  mkdirSync(statusDir, { recursive: true });
  for (const name of names) {
    const file = readdirSync(packages).find((entry) => entry.startsWith(`${name}_`));
    if (file === undefined) throw new Error(`apt did not bring ${name}`);
    run('dpkg-deb', ['--extract', join(packages, file), root]);
    writeFileSync(join(statusDir, name), run('dpkg-deb', ['--field', join(packages, file)]));
  }
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
