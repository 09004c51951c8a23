// The bundle under test: built by the project's own build script, in a directory of this test file's own.
//
// `dist/` belongs to whoever runs `make build`, perhaps right now; a test must not run a file that is being rewritten.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

let built: string | undefined;

afterAll(() => {
  if (built !== undefined) rmSync(dirname(dirname(built)), { recursive: true, force: true });
});

/** Absolute path of the bundle; the first call builds it. */
export function bundlePath(): string {
  built ??= build();
  return built;
}

function build(): string {
  const project = join(import.meta.dirname, '../..');
  const directory = mkdtempSync(join(tmpdir(), 'cni-plugins-installer-bundle-'));
  symlinkSync(join(project, 'src'), join(directory, 'src'));
  execFileSync(process.execPath, [join(project, 'src/dev/bundle.ts')], { cwd: directory, stdio: 'pipe' });
  return join(directory, 'dist/cni-plugins-installer.js');
}
