// Proves that the Dockerfile builds unchanged, without a network, and makes the same image as our own program.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImageConfig, Index, Manifest } from '../../image/oci.ts';
import { describeWhere, missingCommands, missingForMounts } from '../support/needs.ts';
import { buildImage, type BuiltImage, contentOf, ownArch, remove, unpackInto } from './built-image.ts';
import { project } from '../support/project.ts';
import { buildOffline } from './offline-build.ts';

const missing = missingForMounts() ?? missingCommands(['buildah']);

describeWhere(missing, 'the Dockerfile', () => {
  let scratch: string;
  let ours: BuiltImage;
  let layout: string;

  beforeAll(() => {
    ours = buildImage({ args: ['--arch', ownArch] });
    scratch = mkdtempSync(join(project, 'build/image/buildah-'));
    layout = buildOffline(scratch);
  });

  afterAll(() => {
    remove(ours);
    rmSync(scratch, { recursive: true, force: true });
  });

  function blob(digest: string): string {
    return join(layout, 'blobs', digest.replace(':', '/'));
  }

  function manifest(): Manifest {
    const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as Index;
    return JSON.parse(readFileSync(blob(index.manifests[0]?.digest ?? ''), 'utf8')) as Manifest;
  }

  it('makes the same files', () => {
    const roots = { ours: join(scratch, 'ours'), its: join(scratch, 'its') };
    unpackInto(roots.ours, contentOf(ours, ownArch));
    unpackInto(roots.its, { layers: manifest().layers.map(({ digest }) => blob(digest)) });

    const listing = (root: string): string =>
      execFileSync(
        'bash',
        ['-c', String.raw`cd "$1" && find . -mindepth 1 -printf '%m %y %U:%G %P\n' | sort`, 'bash', root],
        {
          encoding: 'utf8',
        },
      );
    expect(listing(roots.its)).toBe(listing(roots.ours));
    expect(execFileSync('diff', ['--recursive', roots.ours, roots.its], { encoding: 'utf8' })).toBe('');
  });

  it('starts it in the same way', () => {
    const { config } = JSON.parse(readFileSync(blob(manifest().config.digest), 'utf8')) as {
      config: ImageConfig;
    };

    const { Entrypoint, Env, User, WorkingDir } = contentOf(ours, ownArch).config.config;
    expect(config).toMatchObject({ Entrypoint, Env, User, WorkingDir });
    expect(config).not.toHaveProperty('Cmd');
  });
});
