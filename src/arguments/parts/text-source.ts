// A text that an option names: a file, or standard input.

import { resolve } from 'node:path';

export type TextSource = { readonly from: 'stdin' } | { readonly from: 'file'; readonly path: string };

/** `-` is standard input, as everywhere. */
export function textSource(name: string): TextSource {
  return name === '-' ? { from: 'stdin' } : { from: 'file', path: resolve(name) };
}
