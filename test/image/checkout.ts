// A checkout of this project somewhere else, uncommitted changes included, for builds that are not to touch this one.

import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogFile } from '../../src/release/catalog-file.ts';
import { project } from '../support/project.ts';

/** Fills the directory, which is not there yet, and returns it. The packages are this checkout's. */
export function checkOut(directory: string): string {
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', project, directory]);
  const script =
    'git -C "$1" ls-files --cached --others --exclude-standard -z | (cd "$1" && xargs -0 ls -d 2>/dev/null) |' +
    ' tar -C "$1" -cf - --no-recursion -T - | tar -C "$2" -xmf -';
  execFileSync('bash', ['-c', script, 'bash', project, directory]);
  symlinkSync(join(project, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}

/** The same with this catalog in place of the project's: what a site has that builds its own releases. */
export function checkOutWith(directory: string, catalog: CatalogFile): string {
  checkOut(directory);
  writeFileSync(join(directory, 'src/release/catalog.json'), JSON.stringify(catalog));
  return directory;
}
