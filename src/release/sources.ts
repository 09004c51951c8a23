// Where the archive may come from, in order. Pure: names and addresses only.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Arch, archiveFileName } from './catalog.ts';
import { redactUrl } from './http/url.ts';

/** One place to try. `label` is fit for a log: it has no credentials. */
export type Source =
  | { readonly kind: 'file'; readonly path: string; readonly label: string }
  | { readonly kind: 'http'; readonly url: URL; readonly label: string };

export interface Places {
  /** A tarball or a directory; when given, nothing else is tried. */
  readonly archive: { readonly path: string; readonly isDirectory: boolean } | undefined;
  /** Base URLs that end in a slash. */
  readonly mirrors: readonly URL[];
}

export function sourcesFor(places: Places, version: string, arch: Arch): readonly Source[] {
  const fileName = archiveFileName(version, arch);
  if (places.archive === undefined) {
    return places.mirrors.map((base) => mirrorSource(base, `${version}/${fileName}`));
  }
  const { path, isDirectory } = places.archive;
  const paths = isDirectory ? [join(path, fileName), join(path, version, fileName)] : [path];
  return paths.map((file) => ({ kind: 'file', path: file, label: file }));
}

function mirrorSource(base: URL, relative: string): Source {
  const url = new URL(base);
  url.pathname += relative;
  if (url.protocol !== 'file:') return { kind: 'http', url, label: redactUrl(url) };
  const path = fileURLToPath(url);
  return { kind: 'file', path, label: path };
}
