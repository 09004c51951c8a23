// Compiles the busybox of the image: static, with the few applets that are run in the host's mount namespace, and no shell.
//
// Its own build system would configure and visit a thousand files for these few. It is left out: the options are written
// as its `conf` would write them, its scripts make the tables, and one call of the compiler makes the program.

import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defaultsOf, optionsHeader } from './busybox-options.ts';
import { run } from './command.ts';
import { downloadPackages, downloadSource, unpackPackages } from './debian-packages.ts';
import { madeOnce } from './made-once.ts';
import type { ImageArch, Platform } from './platform.ts';

/** Upstream's tarball, which Debian has unchanged. */
export const busyboxSource = {
  version: '1.37.0',
  sha256: '3311dff32e746499f4df0d5df04d7eb396382d7e108bb9250e7b519b837043a4',
  release: 'trixie',
} as const;

/** What the compilers and the musl of Debian 12 make of it. Another compiler makes another program, as good as this. */
const pinnedPrograms: Readonly<Record<ImageArch, string>> = {
  amd64: '3cd1e78f866f88aec2f4b050dc56671a97bcb5036dd808230dc682eb5c2b5096',
  arm64: '680d016a997f0a6b5f11124c1b11430261daea4bc0db329142bbf7566986cbe6',
};

/** `nsenter`, `mount` and `true` for the installer; `sleep` for a DaemonSet's pod that has nothing else to do. */
const options = new Set([
  'BUSYBOX',
  'FEATURE_MOUNT_FLAGS',
  'LFS',
  'LONG_OPTS',
  'MOUNT',
  'NSENTER',
  'SLEEP',
  'STATIC',
  'TRUE',
]);

/** All that the applets are linked to: a file too few is an undefined reference. */
const sources: Readonly<Record<string, readonly string[]>> = {
  applets: ['applets'],
  coreutils: ['sleep', 'true'],
  'util-linux': ['mount', 'nsenter'],
  libbb: (
    'appletlib bb_strtonum common_bufsiz compare_string_array concat_path_file copyfd default_error_retval ' +
    'duration executable find_mount_point full_write get_last_path_component get_line_from_file getopt32 ' +
    'last_char_is llist login match_fstype messages perror_msg ptr_to_globals read run_shell safe_strncpy ' +
    'safe_write signals simplify_path single_argv skip_whitespace sysconf verror_msg wfopen xatonum xconnect ' +
    'xfunc_die xfuncs xfuncs_printf xgetcwd'
  ).split(' '),
};

// Small, without what a debugger or an unwinder would read, and nothing random: the same bytes every time.
const flags = [
  '-std=gnu99 -Os -static -no-pie -fno-pie -funsigned-char -fomit-frame-pointer -ffunction-sections -fdata-sections',
  '-fno-guess-branch-probability -fno-unwind-tables -fno-asynchronous-unwind-tables -fno-ident -w -s',
  '-Wl,--gc-sections -Wl,--sort-section=alignment -Wl,--build-id=none',
  '-D_GNU_SOURCE -DNDEBUG -D_LARGEFILE_SOURCE -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64',
  `-DBB_VER="${busyboxSource.version}" -DBB_EXTRA_VERSION="" -Iinclude -Ilibbb -include include/autoconf.h`,
].flatMap((line) => line.split(' '));

export interface Busybox {
  /** The program. */
  readonly path: string;
  /** A root directory with Debian's package musl-dev, the C library that is linked into it. */
  readonly musl: string;
}

/** Needs Debian's compiler for the platform, whose name begins with its triplet, and one for this machine. */
export function compileBusybox(platform: Platform, cache: string): Busybox {
  const musl = muslFor(platform, cache);
  const recipe = recipeDigest();
  const tree = madeOnce(join(cache, `busybox-${recipe}-source`), (unfinished) => {
    unpackSource(sourceTarball(cache), unfinished);
    prepare(unfinished);
  });
  const path = madeOnce(join(cache, `busybox-${recipe}-${platform.arch}`), (unfinished) =>
    compile(tree, platform, musl, unfinished),
  );
  return { path, musl };
}

/** Why this is not the program that was pinned; undefined when it is. */
export function deviation(arch: ImageArch, path: string): string | undefined {
  const found = sha256Of(path);
  if (found === pinnedPrograms[arch]) return undefined;
  return `busybox for ${arch} is sha256:${found}, Debian 12 compiles sha256:${pinnedPrograms[arch]}`;
}

/** Whatever these files say differently makes another program. */
function recipeDigest(): string {
  const recipe = createHash('sha256');
  for (const name of ['busybox.ts', 'busybox-options.ts']) {
    recipe.update(readFileSync(join(import.meta.dirname, name)));
  }
  return recipe.digest('hex').slice(0, 16);
}

function muslFor({ arch }: Platform, cache: string): string {
  return madeOnce(join(cache, `musl-dev-${arch}`), (unfinished) => {
    unpackPackages(downloadPackages(arch, ['musl-dev'], `${unfinished}.apt`), ['musl-dev'], unfinished);
  });
}

function sourceTarball(cache: string): string {
  const { version, sha256, release } = busyboxSource;
  return madeOnce(join(cache, `busybox-${version}.tar.bz2`), (unfinished) => {
    const tarball = downloadSource('busybox', release, `${unfinished}.apt`);
    const found = sha256Of(tarball);
    if (found !== sha256) throw new Error(`busybox ${version} is sha256:${found}, wanted sha256:${sha256}`);
    copyFileSync(tarball, unfinished);
  });
}

function unpackSource(tarball: string, tree: string): void {
  mkdirSync(tree);
  run('tar', ['-xjf', tarball, '-C', tree, '--strip-components=1', '--no-same-owner']);
}

/** Writes the headers that its own build system would. */
function prepare(tree: string): void {
  const inTree = { cwd: tree };
  const put = (path: string, text: string): void => writeFileSync(join(tree, path), text);
  run('sh', ['scripts/gen_build_files.sh', '.', '.'], inTree);
  const declarations = readdirSync(tree, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('Config.in'))
    .map((path) => readFileSync(join(tree, path), 'latin1'));
  put('include/autoconf.h', optionsHeader(defaultsOf(declarations), options));
  put('.config', [...options].map((name) => `CONFIG_${name}=y\n`).join(''));
  put('include/embedded_scripts.h', '#define NUM_SCRIPTS 0\n');
  put('include/usage_compressed.h', '');
  run('sh', ['scripts/generate_BUFSIZ.sh', 'include/common_bufsiz.h'], inTree);
  run('gcc', ['-o', 'applets/applet_tables', 'applets/applet_tables.c'], inTree);
  run('applets/applet_tables', ['include/applet_tables.h', 'include/NUM_APPLETS.h'], inTree);
}

function compile(tree: string, { triplet }: Platform, musl: string, output: string): void {
  const specs = `${output}.specs`;
  const library = triplet.replace(/gnu$/, 'musl');
  const installed = readFileSync(join(musl, 'usr/lib', library, 'musl-gcc.specs'), 'utf8');
  // A specs file has no way to say a path with a space in it.
  const root = relative(tree, musl);
  writeFileSync(specs, installed.replaceAll(/( |-L)\/usr\//g, `$1${root}/usr/`));
  const files = Object.entries(sources).flatMap(([directory, names]) =>
    names.map((name) => `${directory}/${name}.c`),
  );
  run(compilerFor(triplet), [`-specs=${specs}`, ...flags, '-o', output, ...files], { cwd: tree });
}

function compilerFor(triplet: string): string {
  const compiler = `${triplet}-gcc`;
  try {
    run(compiler, ['--version']);
    return compiler;
  } catch (error) {
    const packageName = `gcc-${triplet.replaceAll('_', '-')}`;
    throw new Error(`there is no ${compiler}: install ${packageName}, or say make setup`, { cause: error });
  }
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
