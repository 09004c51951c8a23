// Proves on a real runtime that manifests of ours get the release where upstream publishes it, applied as they are shipped.
//
// As test/cli/default-download.test.ts, on a node without a network: the hosts file is the node's, and our image is the one
// that a site would make of it, with the authority that Node is to trust. Not a word of the manifests is changed for that.

import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { bundleWith } from '../support/bundle.ts';
import { catalogThatKnows } from '../support/catalog.ts';
import { current } from '../support/node/installer-container.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { ownArch } from '../support/own-arch.ts';
import { archiveName } from '../support/release-archives.ts';
import { siteAuthority, startUpstream } from '../support/upstream/upstream-on-node.ts';
import { oneDownload } from '../support/upstream/stand-in.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { busyboxImage, type Image, siteImage, siteReference } from '../throwaway-node/images.ts';
import { bootNode } from '../throwaway-node/node.ts';
import { bases, withComponents } from './kustomization.ts';
import { type Objects, objectsIn } from './objects.ts';
import { expectStarted, inBinDir, plugins, reportOf, start } from './pod-on-node.ts';
import { describeWith } from '../support/built-tools.ts';
import { manifest } from './render.ts';

const archive = pluginsArchive(current);
const published = { version: current, name: archiveName(current), path: archive.path };

let image: Promise<Image> | undefined;

async function imageThatKnowsTheArchive(): Promise<Image> {
  return siteImage(dirname(bundleWith(catalogThatKnows(archive))), (await siteAuthority()).pem);
}

interface Start {
  readonly requests: readonly string[];
  readonly report: unknown;
}

/** The pod starts well; nothing is added to it, and its image is known by its name alone. */
async function startAsShipped(objects: Objects): Promise<Start> {
  image ??= imageThatKnowsTheArchive();
  await using node = await bootNode({
    network: 'loopback',
    images: [await busyboxImage(), await image],
  });
  await using upstream = await startUpstream(node, [published]);

  const run = await start(node, objects, { site: { env: {}, mounts: [], image: siteReference } });

  expectStarted(run, objects);
  expect(await inBinDir(node)).toEqual(expect.arrayContaining(plugins));
  return { requests: upstream.requests(), report: reportOf(run, 'install-cni-plugins') };
}

const downloadedOnce = {
  requests: oneDownload(current, ownArch),
  report: { outcome: 'installed', version: current, plugins: { placed: plugins } },
};

describeOnNode('where only upstream can be reached', () => {
  it.each(['multus-daemonset.yml', 'multus-daemonset-thick.yml'])(
    '%s downloads the newest release once, and installs it',
    async (path) => {
      expect(await startAsShipped(objectsIn(manifest(path)))).toMatchObject(downloadedOnce);
    },
  );
});

describeWith(['helm', 'kustomize'], 'with helm and kustomize', () => {
  describeOnNode('where only upstream can be reached', () => {
    it("our component over Multus' manifest downloads the newest release once, and installs it", async () => {
      const base = bases.find(({ name, missing }) => name !== 'our own manifest' && missing === undefined);

      const objects = withComponents(base?.text('thick') ?? '', ['install']);
      expect(await startAsShipped(objects)).toMatchObject(downloadedOnce);
    });
  });
});
