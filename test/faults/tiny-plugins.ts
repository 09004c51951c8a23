// CNI plugins of a few hundred bytes, so that a test can afford to install them hundreds of times.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveName, layOut, packRelease, type ReleaseArchive } from '../support/release-archives.ts';

/** The names of every release here. */
export const tinyNames = ['bridge', 'dummy', 'macvlan', 'static', 'tap'] as const;

/** The bytes of a plugin for this machine. */
export function tinyPlugin(name: string, version: string): Buffer {
  const bytes = Buffer.from(template());
  const at = bytes.indexOf('@tiny-plugin:');
  bytes.write(`CNI ${name} plugin ${version}\n\0`, at);
  return bytes;
}

/** A release of tiny plugins in the directory, by upstream's file name. */
export function layOutTinyRelease(directory: string, version: string): ReleaseArchive {
  const contents = Object.fromEntries(tinyNames.map((name) => [name, tinyPlugin(name, version)]));
  mkdirSync(directory, { recursive: true });
  return layOut(join(directory, archiveName(version)), packRelease(contents));
}

let compiled: Buffer | undefined;

function template(): Buffer {
  compiled ??= compile();
  return compiled;
}

const freestanding = ['-nostdlib', '-static', '-Os', '-s', '-fno-stack-protector', '-no-pie', '-fno-pie'];
/** No notes, no unwind tables, and segments that share their page: bytes that nothing here reads. */
const withoutPadding = ['-fno-asynchronous-unwind-tables', '-Wl,--build-id=none', '-Wl,-n'];

function compile(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'tiny-plugin-'));
  try {
    const output = join(directory, 'plugin');
    const source = join(import.meta.dirname, 'tiny-plugin.c');
    execFileSync('gcc', [...freestanding, ...withoutPadding, '-o', output, source], { stdio: 'pipe' });
    return readFileSync(output);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
