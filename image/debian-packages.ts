// Gets Debian's packages and sources through apt, with state of its own: the machine's packages and architectures are not
// touched, nothing is configured or run, and any Debian can do it for any architecture. apt checks the signatures.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import type { ImageArch } from './platform.ts';

const archiveKeys = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The newest of the machine's own Debian release. Returns the directory with the .deb files, below the scratch one. */
export function downloadPackages(arch: ImageArch, names: readonly string[], scratch: string): string {
  const { env, downloads } = aptWithOwnState(scratch, arch);
  run('apt-get', ['update', '-qq'], { env });
  run('apt-get', ['download', '-qq', ...names], { env, cwd: downloads });
  return downloads;
}

/**
 * The tarball of upstream's source that a Debian release has, unpatched, from the machine's own mirror. Which bytes these
 * are is for the caller to check.
 */
export function downloadSource(name: string, release: string, scratch: string): string {
  const mirror = run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(COMPONENT)'])
    .split('\n')
    .find((line) => /\/debian\/? main$/.test(line))
    ?.replace(/ .*/, '');
  if (mirror === undefined) throw new Error("apt knows no mirror of Debian's");
  mkdirSync(scratch, { recursive: true });
  const list = join(scratch, 'sources.list');
  writeFileSync(list, `deb-src [signed-by=${archiveKeys}] ${mirror} ${release} main\n`);
  const sources = { 'Dir::Etc::sourcelist': list, 'Dir::Etc::sourceparts': '/dev/null' };
  const { env, downloads } = aptWithOwnState(scratch, undefined, sources);
  run('apt-get', ['update', '-qq'], { env });
  run('apt-get', ['source', '-qq', '--download-only', name], { env, cwd: downloads });
  const tarball = readdirSync(downloads).find((file) => /\.orig\.tar\.\w+$/.test(file));
  if (tarball === undefined) throw new Error(`apt did not bring the source of ${name}`);
  return join(downloads, tarball);
}

/** As distroless images do it, the control data of each package stays in status.d, for scanners. */
export function unpackPackages(packages: string, names: readonly string[], root: string): void {
  const statusDir = join(root, 'var/lib/dpkg/status.d');
  mkdirSync(statusDir, { recursive: true });
  for (const name of names) {
    const file = readdirSync(packages).find((entry) => entry.startsWith(`${name}_`));
    if (file === undefined) throw new Error(`apt did not bring ${name}`);
    run('dpkg-deb', ['--extract', join(packages, file), root]);
    writeFileSync(join(statusDir, name), run('dpkg-deb', ['--field', join(packages, file)]));
  }
}

interface Apt {
  readonly env: Readonly<Record<string, string>>;
  readonly downloads: string;
}

function aptWithOwnState(
  scratch: string,
  arch?: ImageArch,
  more: Readonly<Record<string, string>> = {},
): Apt {
  for (const directory of ['state/lists/partial', 'cache/archives/partial', 'packages']) {
    mkdirSync(join(scratch, directory), { recursive: true });
  }
  const config = join(scratch, 'apt.conf');
  const settings = {
    'APT::Sandbox::User': 'root',
    'Dir::State': join(scratch, 'state'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(scratch, 'cache'),
    ...(arch === undefined ? {} : { 'APT::Architecture': arch }),
    ...more,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  const architectures = arch === undefined ? '' : `APT::Architectures { "${arch}"; };\n`;
  writeFileSync(config, `${lines.join('')}${architectures}`);
  return { env: { APT_CONFIG: config }, downloads: join(scratch, 'packages') };
}
