// What a Go program says of how it was built: the module, its version, the compiler. Reads the file, runs nothing.
//
// The linker writes it into every binary since Go 1.13; the form read here is that of Go 1.18 and later: a magic, a flag
// that says the strings are inline, then the compiler's version and the module text, each behind its length as a varint
// (go.dev/src/debug/buildinfo). The text stands between two 16-byte marks.

import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../errno.ts';

export interface GoBuildInfo {
  /** `go1.26.8`. */
  readonly compiler: string;
  /** The package that became the program, such as `github.com/containernetworking/plugins/plugins/main/macvlan`. */
  readonly path: string | undefined;
  /** Module and version of the program, `(devel)` where it was built in its own source tree. */
  readonly module: string | undefined;
  readonly version: string | undefined;
  /** The commit it was built from. */
  readonly revision: string | undefined;
  /** Modules that it is made with, and their versions: the replacement where one was replaced. */
  readonly dependencies: ReadonlyMap<string, string>;
}

const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const alignment = 16;
const headBytes = 32;
/** Hundreds of dependencies make a few tens of KiB. */
const maxBytes = 1024 * 1024;

/** Undefined for what is no Go program, or none that tells, or can't be read. */
export function readGoBuildInfo(file: string): GoBuildInfo | undefined {
  try {
    const fd = openSync(file, 'r');
    try {
      return parseGoBuildInfo(bytesAt(fd));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Searches in pieces that overlap by the magic's length. */
function bytesAt(fd: number): Buffer {
  const piece = Buffer.alloc(maxBytes);
  for (let at = 0; ; at += maxBytes - alignment) {
    const length = readSync(fd, piece, 0, maxBytes, at);
    const found = alignedAt(piece.subarray(0, length), at);
    if (found !== undefined) return wholeAt(fd, found);
    if (length < maxBytes) return Buffer.alloc(0);
  }
}

/** The linker aligns it; a program that reads such information has the bare magic among its constants as well. */
function alignedAt(piece: Buffer, offset: number): number | undefined {
  for (let at = piece.indexOf(magic); at >= 0; at = piece.indexOf(magic, at + 1)) {
    if ((offset + at) % alignment === 0) return offset + at;
  }
  return undefined;
}

function wholeAt(fd: number, position: number): Buffer {
  const bytes = Buffer.alloc(maxBytes);
  return bytes.subarray(0, readSync(fd, bytes, 0, maxBytes, position));
}

/** Pure. `bytes` begin with the magic. */
export function parseGoBuildInfo(bytes: Buffer): GoBuildInfo | undefined {
  const stringsAreInline = ((bytes[15] ?? 0) & 2) !== 0;
  if (bytes.length < headBytes || bytes.indexOf(magic) !== 0 || !stringsAreInline) return undefined;
  const compiler = textAt(bytes, headBytes);
  const modules = textAt(bytes, compiler?.end ?? bytes.length);
  if (compiler === undefined) return undefined;
  return { compiler: compiler.text, ...fieldsOf(modules?.text ?? '') };
}

interface Text {
  readonly text: string;
  readonly end: number;
}

function textAt(bytes: Buffer, position: number): Text | undefined {
  let length = 0;
  let shift = 0;
  let at = position;
  for (let more = true; more; at += 1, shift += 7) {
    const byte = bytes[at];
    if (byte === undefined || shift > 28) return undefined;
    length += (byte & 0x7f) * 2 ** shift;
    more = byte >= 0x80;
  }
  return at + length > bytes.length
    ? undefined
    : { text: bytes.toString('latin1', at, at + length), end: at + length };
}

/** Lines of words with tabs between them: `path`, `mod`, `dep`, `=>`, `build`. */
function fieldsOf(text: string): Omit<GoBuildInfo, 'compiler'> {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const [, module, version] = lines.find(([word]) => word === 'mod') ?? [];
  const settings = lines.filter(([word]) => word === 'build').map(([, setting = '']) => setting);
  const revision = settings.find((setting) => setting.startsWith('vcs.revision='));
  return {
    // The first line has the opening mark before its word.
    path: lines.find(([word = '']) => word.endsWith('path'))?.[1],
    module,
    version,
    revision: revision?.slice('vcs.revision='.length),
    dependencies: dependenciesIn(lines),
  };
}

function dependenciesIn(lines: readonly (readonly string[])[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let last = '';
  for (const [word, name = '', version = ''] of lines) {
    if (word === 'dep') last = name;
    if (word === 'dep' || (word === '=>' && last !== '')) found.set(last, version);
    else last = '';
  }
  return found;
}
