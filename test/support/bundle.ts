// The bundle under test: built by the project's own build script, in a directory of this test file's own.
//
// `dist/` belongs to whoever runs `make build`, perhaps right now; a test must not run a file that is being rewritten.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { CatalogFile } from '../../src/release/catalog-file.ts';

const directories: string[] = [];
let built: string | undefined;

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Absolute path of the bundle; the first call builds it. */
export function bundlePath(): string {
  built ??= build();
  return built;
}

/** Absolute path of a bundle with this catalog in place of the project's. */
export function bundleWith(catalog: CatalogFile): string {
  return build(catalog);
}

function build(catalog?: CatalogFile): string {
  const project = join(import.meta.dirname, '../..');
  const directory = mkdtempSync(join(tmpdir(), 'cni-plugins-installer-bundle-'));
  directories.push(directory);
  symlinkSync(join(project, 'src'), join(directory, 'src'));
  const words = [join(project, 'src/dev/ship/bundle.ts'), 'dist'];
  if (catalog !== undefined) {
    writeFileSync(join(directory, 'catalog.json'), JSON.stringify(catalog));
    words.push('catalog.json');
  }
  execFileSync(process.execPath, words, { cwd: directory, stdio: 'pipe' });
  return join(directory, 'dist/cni-plugins-installer.js');
}
