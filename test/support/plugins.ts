// Real, small ELF executables that behave as CNI plugins do, or as broken ones do.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

export type Behaviour =
  | 'works'
  | 'says-all-at-once'
  | 'hangs'
  | 'crashes'
  | 'fails'
  | 'speaks-no-cni'
  /** Asked for its STATUS, it says that it can't serve. */
  | 'not-ready';

export interface PluginTraits {
  readonly version?: string;
  readonly behaviour?: Behaviour;
  /** CNI spec versions. */
  readonly speaks?: readonly string[];
}

/** The plugins of every release that tests install: as few as a test can do with. */
export const pluginNames = ['bridge', 'macvlan', 'static'] as const;

/** The bytes of a plugin for this machine. */
export function plugin(
  name: string,
  { version = 'v1.9.1', behaviour = 'works', speaks = ['0.3.1', '0.4.0', '1.0.0'] }: PluginTraits = {},
): Buffer {
  const bytes = Buffer.from(template());
  fill(bytes, '@plugin-name:', name);
  fill(bytes, '@plugin-version:', version);
  fill(bytes, '@plugin-behaviour:', behaviour);
  fill(bytes, '@plugin-speaks:', speaks.map((spec) => `"${spec}"`).join(','));
  return bytes;
}

/** The same program with what Go's linker writes into one that it makes of this module (go.dev/src/debug/buildinfo). */
export function builtFrom(module: string, bytes: Buffer): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  const head = Buffer.alloc(32);
  head.write('\xff Go buildinf:', 'latin1');
  head[15] = 2;
  const padding = Buffer.alloc((16 - (bytes.length % 16)) % 16);
  return Buffer.concat([bytes, padding, head, text('go1.26.8'), text(`mod\t${module}\t(devel)\t\n`)]);
}

/** The same plugin for a machine that nobody has: `e_machine` of elf(5) says s390x. */
export function pluginForAnotherMachine(name: string): Buffer {
  const bytes = plugin(name);
  bytes.writeUInt16LE(22, 18);
  return bytes;
}

/** What is left of a plugin when a disk was full. */
export function truncatedPlugin(name: string): Buffer {
  const bytes = plugin(name);
  return bytes.subarray(0, bytes.length / 2);
}

export function shellScript(name: string): Buffer {
  return Buffer.from(`#!/bin/sh\necho "CNI ${name} plugin v1.9.1" >&2\n`);
}

/** The same, linked with the C library of whatever node it runs on, by a loader at this path; the machine's own by default. */
export function dynamicPlugin(name: string, loader?: string): Buffer {
  const flags = loader === undefined ? [] : [`-Wl,--dynamic-linker=${loader}`];
  const bytes = readFileSync(compile(join(import.meta.dirname, 'plugin.c'), ['-Os', '-s', ...flags]));
  fill(bytes, '@plugin-name:', name);
  fill(bytes, '@plugin-version:', 'v1.9.1');
  return bytes;
}

function fill(bytes: Buffer, marker: string, value: string): void {
  const at = bytes.indexOf(marker);
  if (at < 0) throw new Error(`the template has no ${marker}`);
  bytes.write(`${value}\0`, at + marker.length);
}

let compiled: Buffer | undefined;

/** Compiled once for each state of its source, under a temporary name: another test file may do the same just now. */
function template(): Buffer {
  compiled ??= readFileSync(compile(join(import.meta.dirname, 'plugin.c')));
  return compiled;
}

function compile(source: string, flags: readonly string[] = ['-static', '-Os', '-s']): string {
  const directory = join(import.meta.dirname, '../../build/stand-in-plugins');
  const key = createHash('sha256').update(readFileSync(source)).update(flags.join(' '));
  const output = join(directory, key.digest('hex'));
  if (existsSync(output)) return output;
  mkdirSync(directory, { recursive: true });
  const temporary = `${output}.${process.pid}`;
  execFileSync('gcc', [...flags, '-o', temporary, source], { stdio: 'pipe' });
  renameSync(temporary, output);
  return output;
}
