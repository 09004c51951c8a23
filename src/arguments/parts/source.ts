// Where archives come from: a local file, or mirrors and how they are asked.

import { badValue } from '../option-value.ts';
import type { OptionReader } from '../option-reader.ts';

export interface ArchiveSource {
  /** Absolute path of a tarball or directory; when set, no network is used. */
  readonly archive: string | undefined;
  readonly mirrors: readonly URL[];
  readonly retries: number;
  readonly caFile: string | undefined;
}

export function archiveSourceOf(
  read: OptionReader<'archive' | 'mirror' | 'retries' | 'ca-file'>,
): ArchiveSource {
  return {
    archive: read.path('archive'),
    mirrors: mirrorsOf(read),
    retries: read.integer('retries'),
    caFile: read.path('ca-file'),
  };
}

function mirrorsOf(read: OptionReader<'mirror'>): readonly URL[] {
  return read.list('mirror').map((text) => {
    const url = baseUrlOf(text);
    if (url !== undefined) return url;
    const by = read.given('mirror')?.by ?? '--mirror';
    throw badValue({ by, values: [withoutUser(text)] }, 'is not a URL', 'base URLs with http, https or file');
  });
}

/** Ends in a slash, so that a relative path appended to it keeps its last component; undefined for what is no base URL. */
function baseUrlOf(text: string): URL | undefined {
  const url = URL.parse(text.endsWith('/') ? text : `${text}/`);
  return url !== null && ['http:', 'https:', 'file:'].includes(url.protocol) ? url : undefined;
}

/** A value that is not a URL may still hold a password. */
function withoutUser(text: string): string {
  return text.replace(/[^/@]*@/, '***@');
}
