// Proves that `install` and `bundle` get the release where upstream publishes it when nobody tells them where it is.
//
// No option of ours is given, and no variable: every other test names a mirror or an archive, so the address that all
// others get is asked only here. Its host is a stand-in in a network of the run's own, whose names a hosts file knows and
// whose certificates Node itself is made to trust (test/support/upstream). The catalog knows the archive, as the
// released one knows upstream's, so that no digest is given either.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundleWith } from '../support/bundle.ts';
import { catalogThatKnowsEach } from '../support/catalog.ts';
import { createNode, runInstaller, type RunSettings, type TestNode } from '../support/installer.ts';
import { describeWhere } from '../support/needs.ts';
import { plugin } from '../support/plugins.ts';
import { ownArch } from '../support/own-arch.ts';
import { layOut, packRelease } from '../support/release-archives.ts';
import { pluginsIn } from '../support/snapshot.ts';
import { besideUpstream, missingForNamespaces } from '../support/upstream/beside-upstream.ts';
import { oneDownload, type StandIn, standInFor } from '../support/upstream/stand-in.ts';

const version = 'v1.9.1';
const platforms = ['amd64', 'arm64'] as const;
const defaultPlugins = 'bridge host-device host-local ipvlan loopback macvlan portmap static'.split(' ');

/** Another one for each platform, so that none is taken for the other's. What is in this machine's is run. */
const archives = Object.fromEntries(
  [...platforms, ownArch].map((platform) => [
    platform,
    packRelease({
      ...Object.fromEntries(defaultPlugins.map((name) => [name, plugin(name, { version })])),
      platform: Buffer.from(platform),
    }),
  ]),
);

const digests = Object.fromEntries(
  Object.entries(archives).map(([platform, bytes]) => [platform, sha256(bytes)]),
);
const bundle = bundleWith(catalogThatKnowsEach(version, digests));

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function upstreamOf(node: TestNode): StandIn {
  const assets = Object.entries(archives).map(([platform, bytes]) => {
    const name = `cni-plugins-linux-${platform}-${version}.tgz`;
    return { version, name, path: layOut(join(node.archives, name), bytes).path };
  });
  return standInFor(assets);
}

/** The node as the container has it: its bin dir and the termination log in the places that need no option. */
function bare(node: TestNode, upstream: StandIn): RunSettings {
  const within = besideUpstream(upstream, {
    '/host/opt/cni/bin': node.binDir,
    '/dev/termination-log': node.terminationLog,
  });
  return { bare: true, bundle, within, env: upstream.env };
}

describeWhere(missingForNamespaces(), 'where only upstream can be reached, and nothing is said', () => {
  it('the installer downloads the newest release once, and installs the default plugins', async () => {
    using node = createNode();
    using upstream = upstreamOf(node);

    const { exitStatus, report } = await runInstaller(node, [], bare(node, upstream));

    expect(upstream.requests()).toEqual(oneDownload(version, ownArch));
    expect(report).toMatchObject({ outcome: 'installed', version, plugins: { placed: defaultPlugins } });
    expect(exitStatus).toBe(0);
    expect(pluginsIn(node.binDir)).toEqual(defaultPlugins);
  });

  it('bundle downloads the newest release for each of its platforms once', async () => {
    using node = createNode();
    using upstream = upstreamOf(node);
    const directory = join(node.directory, 'bundle');

    const { exitStatus } = await runInstaller(
      node,
      ['bundle', '--directory', directory],
      bare(node, upstream),
    );

    expect(upstream.requests()).toEqual(platforms.flatMap((platform) => oneDownload(version, platform)));
    expect(exitStatus).toBe(0);
    for (const platform of platforms) {
      const path = join(directory, version, `cni-plugins-linux-${platform}-${version}.tgz`);
      expect(sha256(readFileSync(path))).toBe(digests[platform]);
    }
  });
});
