// Promises of following links inside another root directory.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveInRoot } from '../../../../src/node/mounts/path-in-root.ts';

describe('resolveInRoot', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'path-in-root-'));
    for (const directory of ['var/opt/cni/bin', 'var/lib', 'run/netns', 'data/cni']) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    symlinkSync('/var/opt', join(root, 'opt'));
    symlinkSync('../run', join(root, 'var/run'));
    symlinkSync('/data/./cni/', join(root, 'var/lib/cni'));
    symlinkSync('../../../../../../../etc', join(root, 'var/outside'));
    symlinkSync('/opt/cni', join(root, 'chain'));
    symlinkSync('b', join(root, 'a'));
    symlinkSync('a', join(root, 'b'));
    symlinkSync('/gone/away', join(root, 'dangling'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it.each([
    ['/', '/'],
    ['/run/netns', '/run/netns'],
    ['/opt/cni/bin', '/var/opt/cni/bin'],
    ['/var/run/netns', '/run/netns'],
    ['/var/lib/cni', '/data/cni'],
    ['/chain/bin', '/var/opt/cni/bin'],
    ['//run/./netns/', '/run/netns'],
    ['/run/../opt', '/var/opt'],
    ['/../../run', '/run'],
    ['/opt/not/there', '/var/opt/not/there'],
    ['/nothing/here', '/nothing/here'],
    ['/dangling/x', '/gone/away/x'],
  ])('leads %s to %s', async (path, expected) => {
    await expect(resolveInRoot(root, path)).resolves.toBe(expected);
  });

  it('stops at the root directory when a link climbs above it', async () => {
    await expect(resolveInRoot(root, '/var/outside/passwd')).resolves.toBe('/etc/passwd');
  });

  it('takes a path as given when its links go in circles', async () => {
    await expect(resolveInRoot(root, '/a/x')).resolves.toBe('/a/x');
  });

  it('takes a path as given when the root directory can not be read', async () => {
    await expect(resolveInRoot(join(root, 'absent'), '/opt/cni/bin')).resolves.toBe('/opt/cni/bin');
  });
});
