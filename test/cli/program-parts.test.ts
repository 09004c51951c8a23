// The program as it ships is in parts: what an idle start runs, what an install does that changes a node, the other verbs.

import { cpSync, mkdtempDisposableSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { bundlePath } from '../support/bundle.ts';
import { createNode, runInstaller } from '../support/installer.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { startWatch } from '../support/watch.ts';

const parts = ['program.js', 'late.js', 'change.js', 'verbs.js', 'fleet.js'] as const;
type File = (typeof parts)[number] | 'node-fetch.js';

/** A copy of the bundle that lacks parts of the program. */
function bundleWithout(...missing: readonly File[]): { path: string } & Disposable {
  const copy = mkdtempDisposableSync(join(tmpdir(), 'bundle-'));
  cpSync(dirname(bundlePath()), copy.path, { recursive: true });
  for (const part of missing) rmSync(join(copy.path, part));
  return { path: join(copy.path, basename(bundlePath())), [Symbol.dispose]: () => copy.remove() };
}

it('a start with nothing to do asks for the first part only, an install for the second too', async () => {
  using node = createNode();
  const { path, sha256 } = layOutRelease(node.archives);
  const args = ['--archive', path, '--sha256', sha256];
  using installing = bundleWithout('verbs.js', 'fleet.js');
  using idle = bundleWithout('late.js', 'change.js', 'verbs.js', 'fleet.js');
  using others = bundleWithout('fleet.js');

  const first = await runInstaller(node, args, { bundle: installing.path });
  const second = await runInstaller(node, args, { bundle: idle.path });

  expect([first.report?.outcome, second.report?.outcome]).toEqual(['installed', 'unchanged']);
  expect((await runInstaller(node, ['verify'], { bundle: installing.path })).stderr).toContain('verbs.js');
  expect((await runInstaller(node, ['verify'], { bundle: others.path })).exitStatus).toBe(0);
  expect((await runInstaller(node, ['fleet'], { bundle: others.path })).stderr).toContain('fleet.js');
});

it('a watch loads what speaks with an API server only where Kubernetes shall be told', async () => {
  using node = createNode();
  const { path, sha256 } = layOutRelease(node.archives);
  await runInstaller(node, ['--archive', path, '--sha256', sha256]);
  using mute = bundleWithout('node-fetch.js');
  await using watch = await startWatch(node, [], { bundle: mute.path });
  expect((await watch.ask('/readyz')).status).toBe(200);

  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1', NODE_NAME: 'a' };
  const telling = await runInstaller(node, ['watch', '--listen', 'off', '--node-condition'], {
    bundle: mute.path,
    env,
  });
  expect(telling.stderr).toContain('node-fetch.js');
});

it('no class is in two parts: what one throws, the others know', () => {
  const classes = parts.flatMap((part) => {
    const text = readFileSync(join(dirname(bundlePath()), part), 'utf8');
    return [...text.matchAll(/\b(\w+)=class(?: \w+)? extends\b/g)].map(([, name = '']) => name);
  });

  expect(classes).toEqual(expect.arrayContaining(['Failure', 'GunzipError']));
  expect(classes.filter((name, place) => classes.indexOf(name) !== place)).toEqual([]);
});
