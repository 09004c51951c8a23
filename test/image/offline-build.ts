// Builds image/Dockerfile, unchanged, with buildah and without a network: on local stand-ins for its images.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { debianStandIn } from '../../image/debian-stand-in.ts';
import { madeOnce } from '../../image/made-once.ts';
import { pinnedNode } from '../../image/pinned-node.ts';
import { platforms } from '../../image/platform.ts';
import { copyBusyboxDownloads } from './busybox-downloads.ts';
import { cacheDir, ownArch, sha256 } from './built-image.ts';
import { project } from '../support/project.ts';

const platform = platforms[ownArch];
const npmManifests = ['package.json', 'package-lock.json', '.npmrc'];

/** @returns an OCI layout, in which the image has the tag `built`; below the scratch directory, like all else */
export function buildOffline(scratch: string): string {
  const buildah = storeIn(scratch);
  addImage(buildah, 'localhost/runtime:test', debianStandIn(platform, cacheDir));
  addImage(buildah, 'localhost/node:test', nodeImage(join(scratch, 'node')));
  const npmrc = join(scratch, 'npmrc');
  writeFileSync(npmrc, 'cache=/npm-cache\noffline=true\n');
  const options = {
    'build-arg': ['NODE_IMAGE=localhost/node:test', 'RUNTIME_IMAGE=localhost/runtime:test'],
    volume: [
      `${npmCache(scratch)}:/npm-cache`,
      `${npmrc}:/root/.npmrc:ro`,
      `${copyBusyboxDownloads(platform, join(scratch, 'downloads'))}:/work/build/image/cache`,
      `/usr:${lent}:ro`,
      '/etc/alternatives:/etc/alternatives:ro',
    ],
  };
  const given = Object.entries(options).flatMap(([name, values]) =>
    values.map((value) => `--${name}=${value}`),
  );
  // chroot isolation knows no network but the host's, so the host's is taken away.
  const isolated = ['--isolation=chroot', '--network=host', '--pull-never'];
  buildah(
    ['bud', ...isolated, ...given, '--file=image/Dockerfile', '--tag=localhost/built:test', '.'],
    ['--net'],
  );
  const layout = join(scratch, 'oci');
  buildah(['push', '--quiet', 'localhost/built:test', `oci:${layout}:built`]);
  return layout;
}

type Buildah = (args: readonly string[], within?: readonly string[]) => string;

function storeIn(scratch: string): Buildah {
  const store = [`--root=${scratch}/store`, `--runroot=${scratch}/run`, '--storage-driver=overlay'];
  return (args, within = []) => {
    // buildah leaves a mount behind; it must not become the machine's.
    const words = ['--mount', ...within, 'buildah', ...store, ...args];
    return execFileSync('unshare', words, {
      cwd: project,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  };
}

function addImage(buildah: Buildah, reference: string, root: string): void {
  const container = buildah(['from', 'scratch']);
  buildah(['add', '--quiet', container, root, '/']);
  buildah(['config', '--env=PATH=/opt/node/bin:/usr/bin:/bin', container]);
  buildah(['commit', '--quiet', container, reference]);
  buildah(['rm', container]);
}

const lent = '/lent-usr';

/** What the Dockerfile asks of its build image: Node.js, npm, and a Debian with compilers, which this machine lends. */
function nodeImage(root: string): string {
  for (const directory of ['opt/node/bin', 'opt/node/lib/node_modules', 'etc', 'root', 'tmp']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  symlinkSync(lent, join(root, 'usr'));
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  const node = join(root, 'opt/node/bin/node');
  copyFileSync(join(pinnedNode(project, platform, cacheDir).directory, 'bin/node'), node);
  chmodSync(node, 0o755);
  cpSync(npmDirectory(), join(root, 'opt/node/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'opt/node/bin/npm'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  return root;
}

function npmDirectory(): string {
  const command = execFileSync('bash', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  return dirname(dirname(realpathSync(command)));
}

/** All that `npm ci` needs; a copy, since npm writes into it. Fetched once for a lock file. */
function npmCache(scratch: string): string {
  const key = sha256(join(project, 'package-lock.json')).slice(0, 16);
  const cache = madeOnce(join(cacheDir, `npm-${key}`), (unfinished) => {
    const checkout = mkdtempSync(join(tmpdir(), 'npm-cache-'));
    for (const name of npmManifests) writeFileSync(join(checkout, name), readFileSync(join(project, name)));
    execFileSync('npm', ['ci', '--ignore-scripts', '--cache', unfinished], { cwd: checkout, stdio: 'pipe' });
    rmSync(checkout, { recursive: true });
  });
  cpSync(cache, join(scratch, 'npm-cache'), { recursive: true });
  return join(scratch, 'npm-cache');
}
