// Where the archive may come from, in order. Pure: names and addresses only.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { archiveFileName } from '../upstream.ts';
import { redactUrl } from '../../http/url.ts';
import type { Arch } from '../../lib/architecture.ts';
import { isRegistryUrl, type Repository, repositoryAt } from '../registry/registry-url.ts';

/** One place to try. `label` is fit for a log: it has no credentials. */
export type Source =
  | { readonly kind: 'file'; readonly path: string; readonly label: string }
  | { readonly kind: 'http'; readonly url: URL; readonly label: string }
  | {
      readonly kind: 'registry';
      readonly repository: Repository;
      readonly tag: string;
      /** The title of the layer that is the archive. */
      readonly fileName: string;
      readonly label: string;
    };

export interface Places {
  /** A tarball or a directory; when given, nothing else is tried. */
  readonly archive: { readonly path: string; readonly isDirectory: boolean } | undefined;
  /** A directory with archives of our own image; undefined where the image has none. */
  readonly bundled: string | undefined;
  /** Base URLs that end in a slash, or the addresses of repositories. */
  readonly mirrors: readonly URL[];
}

/** The operator's own archive alone, else what the image brings along, then the mirrors in their order. */
export function sourcesFor(places: Places, version: string, arch: Arch): readonly Source[] {
  const fileName = archiveFileName(version, arch);
  if (places.archive !== undefined) return fileSources(places.archive, version, fileName);
  const bundled = places.bundled === undefined ? [] : [fileSource(join(places.bundled, version, fileName))];
  return [...bundled, ...places.mirrors.map((base) => mirrorSource(base, version, fileName))];
}

function fileSources(
  { path, isDirectory }: NonNullable<Places['archive']>,
  version: string,
  name: string,
): Source[] {
  return isDirectory
    ? [fileSource(join(path, name)), fileSource(join(path, version, name))]
    : [fileSource(path)];
}

function fileSource(path: string): Source {
  return { kind: 'file', path, label: path };
}

function mirrorSource(base: URL, version: string, fileName: string): Source {
  if (isRegistryUrl(base)) return registrySource(base, version, fileName);
  const url = new URL(base);
  url.pathname += `${version}/${fileName}`;
  if (url.protocol !== 'file:') return { kind: 'http', url, label: redactUrl(url) };
  return fileSource(fileURLToPath(url));
}

function registrySource(base: URL, tag: string, fileName: string): Source {
  const label = `${redactUrl(base).replace(/\/$/, '')}:${tag}`;
  return { kind: 'registry', repository: repositoryAt(base), tag, fileName, label };
}
