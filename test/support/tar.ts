// Writes tar archives (tar(5), ustar and PAX) entry by entry, honest or not: every header field is the caller's.

import { gzipSync } from 'node:zlib';

/** The type flag of a header, by what it stands for. */
const typeFlags = {
  file: '0',
  'old-file': '\0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
  'contiguous-file': '7',
  'pax-header': 'x',
  'pax-global-header': 'g',
  'gnu-long-name': 'L',
  'gnu-sparse-file': 'S',
} as const;

export type EntryType = keyof typeof typeFlags;

export interface TarEntry {
  readonly name: string;
  readonly type?: EntryType;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly owner?: string;
  readonly content?: Buffer | string;
  /** What the header says of the content's length, where it does not say the truth. */
  readonly declaredSize?: number;
  readonly linkTarget?: string;
}

const blockBytes = 512;

/** Two blocks of zeros: what ends an archive. */
export const endOfArchive: Buffer = Buffer.alloc(2 * blockBytes);

/** The entries, without an end. */
export function tarEntries(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat(entries.flatMap((entry) => [tarHeader(entry), padded(contentOf(entry))]));
}

/** A whole archive. */
export function tar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([tarEntries(entries), endOfArchive]);
}

/** A whole archive, compressed for speed rather than size. */
export function tgz(entries: readonly TarEntry[]): Buffer {
  return gzipSync(tar(entries), { level: 1 });
}

export function tarHeader(entry: TarEntry): Buffer {
  const { name, type = 'file', mode = 0o755, uid = 0, gid = 0, owner = 'root', linkTarget = '' } = entry;
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0, 100);
  header.write(octal(mode, 8), 100);
  header.write(octal(uid, 8), 108);
  header.write(octal(gid, 8), 116);
  header.write(octal(entry.declaredSize ?? contentOf(entry).length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write(typeFlags[type], 156, 'latin1');
  header.write(linkTarget, 157, 100);
  header.write('ustar\x0000', 257, 'latin1');
  header.write(owner, 265, 32);
  header.write(owner, 297, 32);
  header.write(checksumOf(header), 148, 'latin1');
  return header;
}

/** The records of a PAX header: `<length> <keyword>=<value>\n`, where the length counts itself. */
export function paxRecords(records: Readonly<Record<string, string>>): string {
  return Object.entries(records)
    .map(([keyword, value]) => paxRecord(` ${keyword}=${value}\n`))
    .join('');
}

function paxRecord(rest: string): string {
  const restBytes = Buffer.byteLength(rest);
  const guess = restBytes + String(restBytes).length;
  const total = restBytes + String(guess).length;
  return `${total}${rest}`;
}

function contentOf({ content = '' }: TarEntry): Buffer {
  return Buffer.isBuffer(content) ? content : Buffer.from(content);
}

function padded(content: Buffer): Buffer {
  const rest = content.length % blockBytes;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(blockBytes - rest)]);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** The sum of all header bytes, with the checksum's own field taken as spaces. */
function checksumOf(header: Buffer): string {
  const sum = header.reduce((total, byte) => total + byte, 0) + 8 * 0x20;
  return `${sum.toString(8).padStart(6, '0')}\0 `;
}
