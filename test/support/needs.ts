// Tests that need something of the machine: skipped with the reason where it is missing, failed there on CI.
// oxlint-disable vitest/expect-expect, vitest/no-conditional-tests, vitest/no-disabled-tests -- no tests, but what wraps them
// oxlint-disable vitest/valid-describe-callback, vitest/valid-title, vitest/require-top-level-describe

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Root with the right to mount in a mount namespace of its own; undefined where it is there. */
export function missingForMounts(): string | undefined {
  const missing = missingForRoot();
  if (missing !== undefined) return missing;
  const probe = ['--mount', '--pid', '--fork', '--mount-proc', 'mount', '-t', 'tmpfs', 'probe', '/mnt'];
  const { status } = spawnSync('unshare', probe, { stdio: 'ignore' });
  return status === 0 ? undefined : 'the permission to make namespaces and to mount in them';
}

export function missingForRoot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'root';
}

export function missingCommands(commands: readonly string[]): string | undefined {
  return listed(commands.filter((command) => !onPath(command)));
}

/** One phrase for all of them; undefined for none. */
export function listed(missing: readonly string[]): string | undefined {
  return missing.length === 0 ? undefined : missing.join(', ');
}

export function onPath(command: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(':');
  return directories.some((directory) => isExecutable(join(directory, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * A `describe` for tests that need what may be missing. They are skipped then, and the reason is printed; on CI (`CI=true`)
 * that is a failure instead: a test that nobody runs anywhere proves nothing.
 */
export function describeWhere(missing: string | undefined, name: string, tests: () => void): void {
  if (missing === undefined) {
    describe(name, tests);
  } else if (process.env['CI'] === 'true') {
    describe(name, () => it('has what it needs on CI', () => expect.unreachable(`needs ${missing}`)));
  } else {
    console.warn(`skipped: ${name} (needs ${missing})`);
    describe.skip(`${name} (needs ${missing})`, tests);
  }
}

/** Words that run a command after shell code, in a mount namespace whose mounts nobody else sees. */
export function afterMounting(code: string): string[] {
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', `${code}\nexec "$@"`, 'sh'];
}
