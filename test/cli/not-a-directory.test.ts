// Promises about links and files where a directory is meant: the message says what is there, and where it leads.

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, refusalOf, runInstaller, type TestNode } from '../support/installer.ts';
import { layOutRelease } from '../support/release-archives.ts';

function shapeOf(directory: string): unknown {
  return readdirSync(directory, { withFileTypes: true })
    .map(
      (entry) => `${entry.name} ${entry.isFile() ? readFileSync(join(directory, entry.name), 'utf8') : ''}`,
    )
    .toSorted();
}

/** A tree beside the node, with whatever can be met on the way to a directory. */
function layOutOddities({ directory }: TestNode): string {
  const odd = join(directory, 'odd');
  mkdirSync(join(odd, 'real'), { recursive: true });
  writeFileSync(join(odd, 'file'), 'a file');
  const links = {
    dangling: '/nowhere/cni',
    there: 'back',
    back: 'there',
    'to-file': 'file',
    far: 'dangling',
    good: 'real',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(odd, name));
  return odd;
}

/** By its path below the tree: what the message says after "is not a directory: ". */
const oddities: readonly (readonly [what: string, path: string, words: (odd: string) => string])[] = [
  ['a link that leads nowhere', 'dangling', () => 'it is a link to /nowhere/cni, and /nowhere is not there'],
  [
    'a link that leads nowhere, on the way',
    'dangling/bin',
    (odd) => `${odd}/dangling is a link to /nowhere/cni, and /nowhere is not there`,
  ],
  [
    'a link to a link that leads nowhere',
    'far',
    (odd) => `it is a link to dangling, ${odd}/dangling is a link to /nowhere/cni, and /nowhere is not there`,
  ],
  [
    'a circle of links',
    'there/cni/bin',
    (odd) => `its links lead in a circle: ${odd}/there is a link to back, ${odd}/back is a link to there`,
  ],
  ['a file', 'file', () => 'it is a regular file'],
  ['a file on the way', 'file/cni/bin', (odd) => `${odd}/file is a regular file`],
  ['a link to a file', 'to-file', (odd) => `it is a link to file, and ${odd}/file is a regular file`],
];

describe('a bin dir that is not a directory', () => {
  it.each(
    oddities.flatMap(([what, path, words]) =>
      [[], ['--create-bin-dir'], ['--create-bin-dir', '--dry-run']].map(
        (flags) => [[what, ...flags].join(' '), path, flags, words] as const,
      ),
    ),
  )('is told by what it is, with status 6, and left as it is: %s', async (_what, path, flags, words) => {
    using node = createNode();
    const odd = layOutOddities(node);
    const { path: archive, sha256 } = layOutRelease(node.archives);
    const before = shapeOf(odd);

    const run = await runInstaller(node, [
      '--archive',
      archive,
      '--sha256',
      sha256,
      '--cni-bin-dir',
      join(odd, path),
      ...flags,
    ]);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 6,
      code: 'not-a-directory',
      message: `the CNI bin dir ${join(odd, path)} is not a directory: ${words(odd)}`,
    });
    expect(shapeOf(odd)).toEqual(before);
  });
});

describe('a bin dir behind a link', () => {
  it('is used where the link leads to a directory, and made where only its last name is missing', async () => {
    using node = createNode();
    const odd = layOutOddities(node);
    const { path: archive, sha256 } = layOutRelease(node.archives);
    const words = ['--archive', archive, '--sha256', sha256];

    const linked = await runInstaller(node, [...words, '--cni-bin-dir', join(odd, 'good')]);
    const made = await runInstaller(node, [
      ...words,
      '--cni-bin-dir',
      join(odd, 'good', 'cni', 'bin'),
      '--create-bin-dir',
    ]);

    expect([linked.exitStatus, made.exitStatus]).toEqual([0, 0]);
    expect(readdirSync(join(odd, 'real', 'cni', 'bin'))).toContain('macvlan');
  });
});

describe.each([
  ['the state dir', ['install', '--state-dir'], 'the state dir'],
  ['the state dir of verify', ['verify', '--state-dir'], 'the state dir'],
  ['the state dir of uninstall', ['uninstall', '--state-dir'], 'the state dir'],
  [
    'the directory of a bundle',
    ['bundle', '--versions', 'v1.9.1', '--directory'],
    'the directory of the bundle',
  ],
])('%s', (_what, words, name) => {
  it.each(oddities.filter(([, path]) => path !== 'file/cni/bin'))(
    'that is %s is told likewise',
    async (_is, path, because) => {
      using node = createNode();
      const odd = layOutOddities(node);

      const run = await runInstaller(node, [...words, join(odd, path)]);

      expect(refusalOf(run)).toMatchObject({
        exitStatus: 6,
        code: 'not-a-directory',
        message: `${name} ${join(odd, path)} is not a directory: ${because(odd)}`,
      });
    },
  );
});

it('a bundle where no directory can be is refused, and does not try for ever', async () => {
  using node = createNode();
  const { path: archive, sha256 } = layOutRelease(node.archives);

  const run = await runInstaller(node, [
    'bundle',
    '--directory',
    '/proc/bundle',
    '--archive',
    archive,
    '--sha256',
    sha256,
  ]);

  expect(refusalOf(run)).toMatchObject({ exitStatus: 6, code: 'node-refused' });
});
