// What the kernel can do: modules that are loaded, parts that are built in, the limits of inotify.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { KernelFacts } from '../node-facts.ts';
import { lookAt, mapSeen, type Seen } from '../seen.ts';

/** A part of the kernel that a plugin needs. */
export interface KernelPart {
  /** By which modprobe(8) knows it. */
  readonly module: string;
  /** A function that is in `kallsyms` where the part is there, loaded or built in. */
  readonly symbol: string;
  /** Without `CONFIG_`. */
  readonly option: string;
}

/**
 * In this order: what is loaded, what is built in, what would be loaded on demand. `lsmod` and /sys/module know no part
 * that is built in without a parameter, and called it missing for years (calico#4288).
 */
export function seeKernel(procPath: string, parts: readonly KernelPart[]): KernelFacts {
  const textAt = (name: string): Seen<string> =>
    lookAt(`${procPath}/${name}`, () => readFileSync(`${procPath}/${name}`, 'utf8').trim());
  const numberAt = (name: string): Seen<number> => mapSeen(textAt(`sys/fs/inotify/${name}`), Number);
  return {
    release: textAt('sys/kernel/osrelease'),
    modules: mapSeen(textAt('modules'), moduleNames),
    symbols: lookAt(`${procPath}/kallsyms`, () => symbolsIn(`${procPath}/kallsyms`, parts)),
    config: lookAt(`${procPath}/config.gz`, () =>
      parseKernelConfig(gunzipSync(readFileSync(`${procPath}/config.gz`)).toString('latin1')),
    ),
    inotifyInstances: numberAt('max_user_instances'),
    inotifyWatches: numberAt('max_user_watches'),
  };
}

function moduleNames(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').map((line) => line.split(' ')[0] ?? ''));
}

const kallsymsPieceBytes = 256 * 1024;
const longestSymbol = 512;

/** In pieces that overlap: the whole is some ten megabytes, more than a small container can spare. */
function symbolsIn(path: string, parts: readonly KernelPart[]): ReadonlySet<string> {
  const found = new Set<string>();
  const piece = Buffer.alloc(longestSymbol + kallsymsPieceBytes);
  const fd = openSync(path, 'r');
  try {
    for (let kept = 0; ;) {
      const read = readSync(fd, piece, kept, kallsymsPieceBytes, null);
      if (read === 0) return found;
      const text = piece.subarray(0, kept + read);
      for (const { symbol } of parts) if (hasSymbol(text, symbol)) found.add(symbol);
      kept = Math.min(longestSymbol, text.length);
      text.copy(piece, 0, text.length - kept);
    }
  } finally {
    closeSync(fd);
  }
}

/** As a whole name: `… T macvlan_common_newlink`, a tab and the module behind it where it is loaded. */
function hasSymbol(text: Buffer, symbol: string): boolean {
  return text.includes(` ${symbol}\n`) || text.includes(` ${symbol}\t`);
}

/** Pure. Options that are set, with their values. */
export function parseKernelConfig(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)].map(([, option = '', value = '']) => [option, value]),
  );
}
