// The files that upstream publishes beside each archive, in the format of sha256sum(1) and sha512sum(1).

import { type DigestAlgorithm, hexLength } from '../lib/files/digest.ts';

/** One line: the digest of a file, and its name. */
export function checksumLine(hex: string, fileName: string): string {
  return `${hex}  ${fileName}\n`;
}

/**
 * The digest in hex, lower case, that the text has for this file; undefined when it is for another file or no such text.
 * A bare digest is for the file it was published beside.
 */
export function digestIn(text: string, fileName: string, algorithm: DigestAlgorithm): string | undefined {
  for (const line of text.split('\n')) {
    const [, hex, name] = /^([0-9a-fA-F]+)(?:\s+\*?(?:\.\/)?(\S+))?\s*$/.exec(line) ?? [];
    if (hex?.length !== hexLength[algorithm]) continue;
    if (name === undefined || name === fileName) return hex.toLowerCase();
  }
  return undefined;
}
