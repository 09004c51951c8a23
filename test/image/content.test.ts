// Proves what is in the image, for each platform, and what is not.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileBusybox, deviation } from '../../image/busybox.ts';
import { pinnedNode } from '../../image/pinned-node.ts';
import { platforms } from '../../image/platform.ts';
import {
  type Arch,
  arches,
  buildImage,
  cacheDir,
  type BuiltImage,
  contentOf,
  indexOf,
  ownArch,
  remove,
  sha256,
  unpackInto,
} from './built-image.ts';
import { project } from '../support/project.ts';
import { copyBusyboxDownloads } from './busybox-downloads.ts';

const elfMachineNames: Readonly<Record<Arch, string>> = {
  amd64: 'Advanced Micro Devices X86-64',
  arm64: 'AArch64',
};

const applets = ['mount', 'nsenter', 'sleep', 'true'];

let built: BuiltImage;
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'image-content-'));
  built = buildImage();
  for (const arch of arches) unpackInto(rootOf(arch), contentOf(built, arch));
});

afterAll(() => {
  remove(built);
  rmSync(scratch, { recursive: true });
});

function rootOf(arch: Arch): string {
  return join(scratch, arch);
}

/** `mode type path` of everything, sorted by path. */
function listing(arch: Arch): string[] {
  const found = execFileSync('find', ['.', '-mindepth', '1', '-printf', String.raw`%m %y %P\n`], {
    cwd: rootOf(arch),
    encoding: 'utf8',
  });
  return found
    .trimEnd()
    .split('\n')
    .toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
}

function pathOf(line: string): string {
  return line.split(' ')[2] ?? '';
}

function filesOf(arch: Arch): string[] {
  return listing(arch)
    .filter((line) => line.includes(' f '))
    .map(pathOf);
}

function readelf(arch: Arch, path: string, option: string): string {
  return execFileSync('readelf', ['--wide', option, join(rootOf(arch), path)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function programsAndLibraries(arch: Arch): string[] {
  return filesOf(arch).filter((path) =>
    readFileSync(join(rootOf(arch), path))
      .subarray(0, 4)
      .equals(Buffer.from('\x7fELF', 'latin1')),
  );
}

function neededBy(arch: Arch, path: string): string[] {
  return [...readelf(arch, path, '--dynamic').matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name = '']) => name);
}

describe.each(arches)('the image for linux/%s', (arch) => {
  it('has exactly the files that are listed, with these modes', () => {
    const expected = readFileSync(join(import.meta.dirname, `files.${arch}.txt`), 'utf8')
      .trimEnd()
      .split('\n');

    expect(listing(arch)).toEqual(expected);
  });

  it('has only programs and libraries of that platform', () => {
    const machines = programsAndLibraries(arch).map(
      (path) => /Machine: +(.*)/.exec(readelf(arch, path, '--file-header'))?.[1],
    );

    expect(machines.length).toBeGreaterThan(7);
    expect(new Set(machines)).toEqual(new Set([elfMachineNames[arch]]));
  });

  it('has every library that its programs need', () => {
    const present = new Set(filesOf(arch).map((path) => path.split('/').at(-1)));

    const missing = programsAndLibraries(arch)
      .flatMap((path) => neededBy(arch, path))
      .filter((name) => !present.has(name));

    expect(missing).toEqual([]);
  });

  it('has the very Node.js that the lock file pins, but for what no loader reads', () => {
    const { directory } = pinnedNode(project, platforms[arch], cacheDir);
    const official = readFileSync(join(directory, 'bin/node'));

    const node = readFileSync(join(rootOf(arch), 'usr/bin/node'));

    const elfHeaderBytes = 64;
    expect(node.length).toBeLessThan(official.length);
    expect(node.subarray(elfHeaderBytes).equals(official.subarray(elfHeaderBytes, node.length))).toBe(true);
  });

  it('has no file that others may write, none with setuid, and no link', () => {
    const suspicious = listing(arch).filter((line) => !/^(755 d|755 f|644 f) /.test(line));

    expect(suspicious).toEqual([]);
  });

  it('has no npm, no package manager and no shell', () => {
    const names = filesOf(arch).map((path) => path.split('/').at(-1) ?? '');

    expect(
      names.filter((name) => /^(npm|npx|corepack|yarn|apt.*|dpkg.*|apk|sh|bash|dash|ash)(\.js)?$/.test(name)),
    ).toEqual([]);
    expect(filesOf(arch).filter((path) => path.includes('node_modules'))).toEqual([]);
  });

  it('has a static busybox of four applets, of which none is a shell', () => {
    const busybox = readFileSync(join(rootOf(arch), 'bin/busybox'), 'latin1');
    const segments = readelf(arch, 'bin/busybox', '--program-headers');

    expect(segments).toMatch(/^ +LOAD /m);
    expect(segments).not.toMatch(/INTERP|DYNAMIC/);
    expect(busybox).toContain(`${applets.join('\0')}\0`);
    expect(busybox).not.toMatch(/\0(ash|hush|wget|cp)\0/);
    expect(busybox.length).toBeLessThan(200_000);
  });

  it('knows nothing of the folder that it was built in', () => {
    const telling = filesOf(arch).filter((path) => readFileSync(join(rootOf(arch), path)).includes(project));

    expect(telling).toEqual([]);
  });

  it('belongs to root alone, at time zero', () => {
    const owners = contentOf(built, arch).layers.flatMap((layer) =>
      execFileSync('tar', ['--numeric-owner', '--utc', '-tvf', layer], { encoding: 'utf8' })
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\S+ (\S+) +\S+ (\S+ \S+) .*$/, '$1 $2')),
    );

    expect(new Set(owners)).toEqual(new Set(['0/0 1970-01-01 00:00']));
  });

  it('is at most 45 MB to pull', () => {
    const sizes = contentOf(built, arch).layers.map((layer) => statSync(layer).size);

    expect(sizes.reduce((total, size) => total + size)).toBeLessThanOrEqual(45e6);
    expect(built.output).toMatch(new RegExp(`linux/${arch}: [0-9.]+ MB compressed`));
  });

  it('says by its labels what it is, and starts without arguments as a numeric root', () => {
    const { config, architecture } = contentOf(built, arch).config;

    expect(architecture).toBe(arch);
    expect(config).toMatchObject({ User: '0', WorkingDir: '/' });
    expect(config).not.toHaveProperty('Cmd');
    expect(config.Entrypoint[0]).toBe('/usr/bin/node');
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'cni-plugins-installer',
      'org.opencontainers.image.version': built.tag,
      'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}(-dirty)?$/),
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.created': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      'org.opencontainers.image.description': expect.any(String),
    });
  });
});

describe(`busybox of linux/${ownArch}`, () => {
  const run = (...args: readonly string[]) =>
    spawnSync(join(rootOf(ownArch), 'bin/busybox'), args, { encoding: 'utf8' });

  it('lists the applets that the installer and the manifests run, and no other', () => {
    expect(run('--list').stdout.trim().split('\n')).toEqual(applets);
  });

  it('sleeps, as the pod of a node preparation does', () => {
    expect(run('sleep', '0')).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(['sh', 'ash', 'hush', 'wget', 'cp'])('has no %s', (name) => {
    expect(run(name, '-c', 'exit 0')).toMatchObject({ status: 127, stderr: `${name}: applet not found\n` });
  });

  it.skipIf(
    !existsSync('/etc/debian_version') || !readFileSync('/etc/debian_version', 'utf8').startsWith('12.'),
  )('is the pinned program when the compilers are those of Debian 12', () => {
    for (const arch of arches) {
      expect(deviation(arch, join(rootOf(arch), 'bin/busybox'))).toBeUndefined();
    }
  });

  it('is said to be another one when it is', () => {
    const [, other] = arches;

    expect(deviation('amd64', join(rootOf(other), 'bin/busybox'))).toMatch(
      /sha256:[0-9a-f]{64}.* sha256:[0-9a-f]{64}$/,
    );
  });

  it('is the same program from another directory, in other surroundings', () => {
    const cache = copyBusyboxDownloads(platforms[ownArch], join(scratch, 'another cache, further away'));
    vi.stubEnv('TZ', 'Asia/Kathmandu');
    vi.stubEnv('LC_ALL', 'C.UTF-8');

    const again = compileBusybox(platforms[ownArch], cache).path;

    vi.unstubAllEnvs();
    expect(sha256(again)).toBe(sha256(join(rootOf(ownArch), 'bin/busybox')));
  });
});

describe('the index', () => {
  it('names both platforms', () => {
    expect(indexOf(built).manifests.map(({ platform }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ]);
  });

  it('is understood by other tools', () => {
    const copy = join(scratch, 'copy');

    execFileSync('skopeo', [
      'copy',
      '--quiet',
      '--all',
      '--preserve-digests',
      `oci:${built.layout}:${built.tag}`,
      `dir:${copy}`,
    ]);

    expect(execFileSync('sha256sum', [join(copy, 'manifest.json')], { encoding: 'utf8' })).toContain(
      built.digest.replace('sha256:', ''),
    );
  });
});
