// The manifest of a bundle is believed whole or not at all: its paths are opened, its digests decide.

import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BundledArchive, readManifest } from '../../../src/release/bundle.ts';

const archive: BundledArchive = {
  version: 'v1.9.1',
  arch: 'amd64',
  path: 'v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz',
  bytes: 7,
  sha256: 'a'.repeat(64),
  sha512: 'b'.repeat(128),
  origin: 'https://mirror.example/cni',
  basis: 'catalog',
};

function read(text: string): unknown {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'bundle-'));
  writeFileSync(join(directory.path, 'manifest.json'), text);
  return readManifest(directory.path);
}

function manifestOf(facts: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ schema: 1, archives: [archive, { ...archive, ...facts }] });
}

describe('the manifest of a bundle', () => {
  it('is read as it was written', () => {
    expect(read(manifestOf({}))).toEqual({ schema: 1, archives: [archive, archive] });
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"schema":1}',
    '{"schema":2,"archives":[]}',
    '{"schema":1,"archives":{}}',
  ])('is not %j', (text) => {
    expect(() => read(text)).toThrow(/manifest\.json is not the manifest of a bundle/);
  });

  it.each<[fact: string, ...values: unknown[]]>([
    ['version', undefined, '1.9.1', 'latest', 'v1.9.2', 1],
    ['arch', undefined, 'x64', 'arm64', 'constructor'],
    ['path', undefined, '../etc/passwd', '/etc/passwd', 'v1.9.1/../../etc/passwd', ''],
    ['bytes', undefined, '7', -1, 1.5, null],
    ['sha256', undefined, 'a'.repeat(63), 'A'.repeat(64), 'b'.repeat(128), null],
    ['sha512', undefined, 'a'.repeat(64), null],
    ['origin', undefined, null, 1],
    ['basis', undefined, 'trust me', null],
  ])('does not have an archive of any other %s', (fact, ...values) => {
    for (const value of values) {
      expect(() => read(manifestOf({ [fact]: value }))).toThrow(/its archives\.1/);
    }
  });

  it('has to be there', () => {
    expect(() => readManifest('/nowhere')).toThrow(/ENOENT/);
  });
});
