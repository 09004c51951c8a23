// Proves that `make image-bundled` brings the release where upstream publishes it, when no variable of its own says another.
//
// As test/cli/default-download.test.ts: upstream's host is a stand-in in a network of the run's own, so no registry can be
// reached either, and the base image is what stands in for it. The checkout is a copy, whose catalog knows the archives.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalogThatKnowsEach } from '../support/catalog.ts';
import { layOut, packRelease } from '../support/release-archives.ts';
import { besideUpstream } from '../support/upstream/beside-upstream.ts';
import { oneDownload, type StandIn, standInFor } from '../support/upstream/stand-in.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import {
  type Arch,
  arches,
  buildImage,
  type BuiltImage,
  cacheDir,
  contentOf,
  imageForNode,
  imageIn,
  ownArch,
  remove,
} from './built-image.ts';
import { checkOutWith } from './checkout.ts';
import { archive, binDir, bootNodeWith, defaultPlugins, hostProc, runInstaller } from './image-on-node.ts';

const { version } = archive;

let scratch: string;
let releases: Readonly<Record<Arch, { readonly path: string; readonly sha256: string }>>;

/** What the build takes from elsewhere than upstream lies in its cache afterwards. */
beforeAll(() => {
  remove(buildImage());
  scratch = mkdtempSync(join(tmpdir(), 'image-default-'));
  const other = layOut(
    join(scratch, 'other.tgz'),
    packRelease({ bridge: Buffer.from('of another machine') }),
  );
  releases = { amd64: other, arm64: other, [ownArch]: archive };
});

afterAll(() => rmSync(scratch, { recursive: true }));

function checkoutThatKnowsThem(): string {
  const digests = Object.fromEntries(arches.map((arch) => [arch, releases[arch].sha256]));
  const checkout = checkOutWith(join(scratch, 'checkout'), catalogThatKnowsEach(version, digests));
  // Else make would find the packages older than their list, and get them anew.
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) utimesSync(join(checkout, name), 0, 0);
  mkdirSync(join(checkout, 'build/image'), { recursive: true });
  symlinkSync(cacheDir, join(checkout, 'build/image/cache'));
  return checkout;
}

function upstream(): StandIn {
  return standInFor(
    arches.map((arch) => {
      return { version, name: `cni-plugins-linux-${arch}-${version}.tgz`, path: releases[arch].path };
    }),
  );
}

/** @param beside has no option and no variable but what makes Node trust the stand-in */
function makeImageBundled(checkout: string, beside: StandIn): BuiltImage {
  const [file = '', ...words] = besideUpstream(beside);
  const env = { PATH: process.env['PATH'], HOME: scratch, ...beside.env };
  const output = execFileSync(file, [...words, 'make', 'image-bundled'], {
    cwd: checkout,
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return imageIn(join(checkout, 'build/image-bundled'), output);
}

/** By tar(1), not by the code under test. */
function digestInside(built: BuiltImage, arch: Arch): string {
  const path = `usr/share/cni-plugins-installer/archives/${version}/cni-plugins-linux-${arch}-${version}.tgz`;
  const layer = contentOf(built, arch).layers.at(-1) ?? '';
  const bytes = execFileSync('tar', ['-xOzf', layer, path], { maxBuffer: 1 << 28 });
  return createHash('sha256').update(bytes).digest('hex');
}

describeOnNode('make image-bundled, where only upstream can be reached', () => {
  it('downloads the newest release for each platform once, and its image installs without a network', async () => {
    using stood = upstream();

    const built = makeImageBundled(checkoutThatKnowsThem(), stood);

    expect(stood.requests()).toEqual(arches.flatMap((arch) => oneDownload(version, arch)));
    for (const arch of arches) expect(digestInside(built, arch)).toBe(releases[arch].sha256);
    await using node = await bootNodeWith(built, { network: 'loopback' });
    const container = { image: imageForNode(built).reference, privileged: true, mounts: [binDir, hostProc] };
    expect(await runInstaller(node, container)).toMatchObject({
      exitCode: 0,
      report: { outcome: 'installed', version, plugins: { placed: defaultPlugins } },
    });
  });
});
