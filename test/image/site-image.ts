// What a site makes of our image whose programs are to trust an authority of its own: FROM ours, COPY it, ENV for Node.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Layer, makeLayer } from '../../image/layer.ts';
import { writeLayout } from '../../image/oci.ts';
import {
  type BuiltImage,
  cacheDir,
  contentOf,
  type NamedLayout,
  ownArch,
  type PlatformContent,
} from './built-image.ts';

const authorityFile = '/etc/ssl/certs/site.pem';

/** For this machine's platform, under the name of what it is made of; it lies below that, and is removed with it. */
export function siteImage(built: BuiltImage, repository: string, authorityPem: string): NamedLayout {
  const content = contentOf(built, ownArch);
  const { config, created } = content.config;
  const root = join(built.directory, 'site');
  mkdirSync(join(root, dirname(authorityFile)), { recursive: true });
  writeFileSync(join(root, authorityFile), authorityPem);
  const image = {
    arch: ownArch,
    layers: [...layersOf(content), makeLayer('site', root, cacheDir)],
    config: { ...config, Env: [...config.Env, `NODE_EXTRA_CA_CERTS=${authorityFile}`] },
  };
  const layout = join(built.directory, 'site-oci');
  const { digest } = writeLayout(layout, [image], { repository, tag: built.tag }, created);
  return { layout, tag: built.tag, digest };
}

function layersOf({ manifest, config, layers }: PlatformContent): Layer[] {
  return manifest.layers.map(({ digest, size }, index) => {
    const [path = '', diffId = ''] = [layers[index], config.rootfs.diff_ids[index]];
    return { purpose: 'ours', path, digest, size, diffId, unpackedSize: 0 };
  });
}
