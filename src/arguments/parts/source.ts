// Where archives come from: a local file, or mirrors and how they are asked.

import { badValue } from '../option-value.ts';
import type { OptionReader } from '../option-reader.ts';
import { faultOfRegistryUrl, isRegistryUrl } from '../../release/registry/registry-url.ts';

export interface ArchiveSource {
  /** Absolute path of a tarball or directory; when set, no network is used. */
  readonly archive: string | undefined;
  readonly mirrors: readonly URL[];
  readonly retries: number;
  readonly caFile: string | undefined;
  /** A docker config.json. */
  readonly registryAuth: string | undefined;
}

export function archiveSourceOf(
  read: OptionReader<'archive' | 'mirror' | 'retries' | 'ca-file' | 'registry-auth'>,
): ArchiveSource {
  return {
    archive: read.path('archive'),
    mirrors: mirrorsOf(read),
    retries: read.integer('retries'),
    caFile: read.path('ca-file'),
    registryAuth: read.path('registry-auth'),
  };
}

function mirrorsOf(read: OptionReader<'mirror'>): readonly URL[] {
  return read.list('mirror').map((text) => {
    const by = read.given('mirror')?.by ?? '--mirror';
    const given = { by, values: [withoutUser(text)] };
    const url = baseUrlOf(text);
    if (url === undefined)
      throw badValue(given, 'is not a URL', 'base URLs with oci, oci+http, http, https or file');
    const wrong = isRegistryUrl(url) ? faultOfRegistryUrl(url) : undefined;
    if (wrong !== undefined) throw badValue(given, wrong, 'oci://registry[:port]/repository');
    return url;
  });
}

/** Ends in a slash, so that a relative path appended to it keeps its last component; undefined for what is no base URL. */
function baseUrlOf(text: string): URL | undefined {
  const url = URL.parse(text.endsWith('/') ? text : `${text}/`);
  if (url === null) return undefined;
  return isRegistryUrl(url) || ['http:', 'https:', 'file:'].includes(url.protocol) ? url : undefined;
}

/** A value that is not a URL may still hold a password. */
function withoutUser(text: string): string {
  return text.replace(/[^/@]*@/, '***@');
}
