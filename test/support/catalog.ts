// A catalog that knows an archive of the tests' own, as the project's knows upstream's.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogFile } from '../../src/release/catalog.ts';
import { arch } from './release-archives.ts';

const ours = join(import.meta.dirname, '../../src/release/catalog.json');

/** The project's catalog, with this digest as the only one of the version's archive for this machine. */
export function catalogThatKnows({ version, sha256 }: { version: string; sha256: string }): CatalogFile {
  const catalog = JSON.parse(readFileSync(ours, 'utf8')) as CatalogFile;
  const release = catalog.releases[version];
  if (release === undefined) throw new Error(`the catalog has no ${version}`);
  const digests = { ...release.digests, [arch]: { sha256: { [sha256]: 'one project, another project' } } };
  return { ...catalog, releases: { ...catalog.releases, [version]: { ...release, digests } } };
}
