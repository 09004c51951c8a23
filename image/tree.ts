// A directory tree that becomes part of the image: files of root with explicit modes, nothing else.

import { chmodSync, lutimesSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { readElf } from '../src/lib/files/elf.ts';
import type { Platform } from './platform.ts';

export type Mode = 0o644 | 0o755;

/** Refuses programs and libraries of any other platform. */
export class Tree {
  readonly #root: string;
  readonly #platform: Platform;

  constructor(root: string, platform: Platform) {
    this.#root = root;
    this.#platform = platform;
    mkdirSync(root, { recursive: true });
  }

  /** @param path relative to the root of the image */
  put(path: string, content: Buffer | string, mode: Mode = 0o644): void {
    if (typeof content !== 'string') this.#requireOurs(path, content);
    const target = join(this.#root, path);
    this.#makeDirectory(dirname(path));
    writeFileSync(target, content);
    chmodSync(target, mode);
    lutimesSync(target, 0, 0);
  }

  #requireOurs(path: string, content: Buffer): void {
    const elf = readElf(content);
    if (elf.kind === 'not-elf' || elf.arch === this.#platform.arch) return;
    throw new Error(`${path} is built for ${elf.arch}, not for ${this.#platform.arch}`);
  }

  /** The umask has no say in the mode. */
  #makeDirectory(path: string): void {
    if (path === '.') return;
    this.#makeDirectory(dirname(path));
    const directory = join(this.#root, path);
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o755);
  }
}

/** The first of these files that is there. A link that leads out of the root, as an absolute one does, is refused. */
export function readInside(root: string, ...candidates: readonly string[]): Buffer {
  const top = realpathSync(root);
  for (const candidate of candidates) {
    const path = realpathOf(join(top, candidate));
    if (path === undefined) continue;
    if (!path.startsWith(top + sep)) throw new Error(`${candidate} leads out of ${root}`);
    return readFileSync(path);
  }
  throw new Error(`${root} has no ${candidates.join(' or ')}`);
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
