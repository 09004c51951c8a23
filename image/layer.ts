// Makes a layer out of a directory: the same bytes for the same names, modes and contents, whenever and wherever.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { madeOnce } from './made-once.ts';

export interface Layer {
  /** For `docker history`. */
  readonly purpose: string;
  /** The compressed file. */
  readonly path: string;
  readonly digest: string;
  readonly size: number;
  /** Of the uncompressed tar. */
  readonly diffId: string;
  readonly unpackedSize: number;
}

/**
 * Times are all zero rather than the build's: a layer whose content did not change then keeps its digest over releases,
 * and nodes don't pull it again. Compression is GNU gzip's, whose output does not depend on the processor as zlib's does.
 *
 * @param cache keeps the compressed layer, by its content
 */
export function makeLayer(purpose: string, root: string, cache: string): Layer {
  mkdirSync(cache, { recursive: true });
  const tar = join(cache, `.layer-${process.pid}.tar`);
  const normal = ['--sort=name', '--format=gnu', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  try {
    run('tar', [...normal, '-C', root, '-cf', tar, ...topLevel(root)]);
    const diff = sha256(tar);
    const path = madeOnce(join(cache, `layer-${diff}.tar.gz`), (unfinished) => compress(tar, unfinished));
    return {
      purpose,
      path,
      digest: `sha256:${sha256(path)}`,
      size: statSync(path).size,
      diffId: `sha256:${diff}`,
      unpackedSize: statSync(tar).size,
    };
  } finally {
    rmSync(tar, { force: true });
  }
}

/** Without an entry for the root itself, whose mode is the runtime's business. */
function topLevel(root: string): string[] {
  return run('ls', ['-A', root]).trimEnd().split('\n').toSorted();
}

function compress(tar: string, target: string): void {
  const input = openSync(tar, 'r');
  const output = openSync(target, 'w');
  execFileSync('gzip', ['-9', '--no-name'], { stdio: [input, output, 'inherit'] });
  closeSync(input);
  closeSync(output);
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
