// A catalog that knows an archive of the tests' own, as the project's knows upstream's.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogFile } from '../../src/release/catalog-file.ts';
import { ownArch } from './own-arch.ts';

const projectsOwn = join(import.meta.dirname, '../../src/release/catalog.json');

/** The project's catalog, with this digest as the only one of the version's archive for this machine. */
export function catalogThatKnows({ version, sha256 }: { version: string; sha256: string }): CatalogFile {
  return catalogThatKnowsEach(version, { [ownArch]: sha256 });
}

/** The same for several platforms, by Go's names of their architectures. */
export function catalogThatKnowsEach(version: string, sha256: Readonly<Record<string, string>>): CatalogFile {
  const catalog = JSON.parse(readFileSync(projectsOwn, 'utf8')) as CatalogFile;
  const release = catalog.releases[version];
  if (release === undefined) throw new Error(`the catalog has no ${version}`);
  const ours = Object.entries(sha256).map(([platform, digest]) => [
    platform,
    { sha256: { [digest]: 'one project, another project' } },
  ]);
  const digests = { ...release.digests, ...Object.fromEntries(ours) };
  return { ...catalog, releases: { ...catalog.releases, [version]: { ...release, digests } } };
}
