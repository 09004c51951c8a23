// Addresses of repositories, and the manifests that registries have: which layer of which is the archive.

import { describe, expect, it } from 'vitest';
import { manifestIn } from '../../../src/release/registry/image-manifest.ts';
import { faultOfRegistryUrl, repositoryAt } from '../../../src/release/registry/registry-url.ts';

const hex = 'a'.repeat(64);
const digest = `sha256:${hex}`;
const titled = { digest, annotations: { 'org.opencontainers.image.title': 'file' } };

function filesOf(manifest: object) {
  return Object.fromEntries(manifestIn(JSON.stringify(manifest), 'arm64')?.files ?? []);
}

describe('a manifest', () => {
  it.each([
    ['an image', { config: {}, layers: [{ digest }, titled] }],
    ['an artifact', { blobs: [titled] }],
    ['one with the other null', { layers: [titled], manifests: null, blobs: null }],
  ])('of %s has its layers by title', (_what, manifest) => {
    expect(filesOf(manifest)).toEqual({ file: hex });
  });

  it.each([
    ['without a title', { digest }],
    ['of another algorithm', { ...titled, digest: `sha512:${'a'.repeat(128)}` }],
    ['whose digest would lead elsewhere', { ...titled, digest: 'sha256:../../x' }],
  ])('has no use for a layer %s', (_what, layer) => {
    expect(filesOf({ layers: [layer] })).toEqual({});
  });

  it('of an index leads to those of this platform, then to those of none', () => {
    const of = (letter: string, platform?: object) => ({ digest: `sha256:${letter.repeat(64)}`, platform });
    const manifests = [
      of('a'),
      of('b', { os: 'linux', architecture: 'amd64' }),
      of('c', { os: 'linux', architecture: 'arm64' }),
      of('d', { os: 'windows', architecture: 'arm64' }),
    ];

    const below = manifestIn(JSON.stringify({ manifests }), 'arm64')?.below.map((each) => each.at(-1));

    expect(below).toEqual(['c', 'a']);
  });

  it.each(['', '<html>', '[]', '{"layers":{}}'])('is not in %s', (text) => {
    expect(manifestIn(text, 'arm64')).toBeUndefined();
  });
});

describe('the address of a repository', () => {
  it.each([
    ['oci://reg.example/team/cni', 'https://reg.example/', 'team/cni'],
    ['oci://Reg.example:5000/cni/', 'https://reg.example:5000/', 'cni'],
    ['oci://[::1]:5000/cni', 'https://[::1]:5000/', 'cni'],
    ['oci+http://u:p@reg.example/a/b.c_d__e-f', 'http://u:p@reg.example/', 'a/b.c_d__e-f'],
  ])('%s is that of a registry and a name', (text, registry, name) => {
    const url = new URL(text);

    expect(faultOfRegistryUrl(url)).toBeUndefined();
    expect(repositoryAt(url)).toMatchObject({ registry: { href: registry }, name });
  });

  it.each([
    ['oci:///cni', 'names no registry'],
    ['oci:cni', 'names no registry'],
    ['oci://reg.example', 'names no repository'],
    ['oci://reg.example/cni:v1.9.1', 'has a tag'],
    [`oci://reg.example/cni@${digest}`, 'has a tag or a digest'],
    ['oci://reg.example/Team/cni', 'is not the name'],
    ['oci://reg.example/a/../b?x', 'is not the name'],
    ['oci://reg.example/a//b', 'is not the name'],
  ])('%s is none', (text, fault) => {
    expect(faultOfRegistryUrl(new URL(text))).toContain(fault);
  });
});
