// Promise: whatever becomes of any file of the state dir, at any offset, what is placed from it is whole.

import { assert, asyncProperty, constantFrom, double, record, subarray } from 'fast-check';
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Failure } from '../../src/failure/failure.ts';
import { runInstaller, type TestNode } from '../support/installer.ts';
import { type Answer, deadMirrorUrl, type Mirror, serve } from '../support/mirror.ts';
import { describeWhere, missingForRoot } from '../support/needs.ts';
import type { ReleaseArchive } from '../support/release-archives.ts';
import { snapshotOf } from '../support/snapshot.ts';
import { runHere } from './in-process.ts';
import { binDirFacts } from './node-facts.ts';
import {
  copyOf,
  createForeignNode,
  layOutReleases,
  nextVersion,
  oldVersion,
  type Releases,
  runToTheEnd,
  scenarioOf,
} from './scenarios.ts';
import { tinyNames, tinyPlugin } from './tiny-plugins.ts';

const damages = {
  'a byte is another one': (path, at) =>
    rewrite(path, (bytes) => bytes.fill(0x5a ^ (bytes[at] ?? 0), at, at + 1)),
  'from there on it is zeros': (path, at) => rewrite(path, (bytes) => bytes.fill(0, at)),
  'there it ends': (path, at) => truncateSync(path, at),
  'more follows, and it still runs': (path, at) =>
    rewrite(path, (bytes) => Buffer.concat([bytes, bytes.subarray(at)])),
  'it is gone': (path) => rmSync(path),
} as const satisfies Readonly<Record<string, (path: string, at: number) => void>>;

function rewrite(path: string, change: (bytes: Buffer) => Buffer): void {
  const bytes = readFileSync(path);
  if (bytes.length > 0) writeFileSync(path, change(bytes));
}

describeWhere(missingForRoot(), 'a state dir of which any file was damaged anywhere', () => {
  const undo = new DisposableStack();
  let releases: Releases;
  let mirror: Mirror;
  /** What each verb of a property is called with. */
  let verbs: Readonly<Record<string, readonly string[]>>;
  /** With two releases recorded, originals of others, and a download that was cut off. */
  let template: TestNode;
  let files: readonly string[];
  beforeAll(async () => {
    releases = undo.use(layOutReleases());
    let isCut = true;
    mirror = await serve(resumable(releases.next, () => isCut));
    const few = ['bridge', 'macvlan', 'static'];
    const dead = await deadMirrorUrl();
    const old = { ...releases.old, version: oldVersion };
    const next = { ...releases.next, version: nextVersion };
    const cutOff = fromMirror(mirror.url, next, tinyNames);
    verbs = {
      'install what stands, without a source': fromMirror(dead, old, few),
      'install the next release, without a source': fromMirror(dead, next, few),
      'install the next release, and go on with its download': cutOff,
      'install what stands, from its archive': scenarioOf('first install', releases).verb,
      'install the next release, from its archive': scenarioOf('upgrade', releases).verb,
      rollback: ['rollback'],
      uninstall: ['uninstall'],
    };
    template = undo.use(createForeignNode());
    await runToTheEnd(template, scenarioOf('upgrade', releases).verb);
    await runToTheEnd(template, scenarioOf('first install', releases).verb);
    await runInstaller(template, cutOff);
    isCut = false;
    files = filesBelow(template.stateDir);
  });
  afterAll(async () => {
    await mirror[Symbol.asyncDispose]();
    undo.dispose();
  });

  it('has a file of each kind that a run can leave', () => {
    const kinds = new Set(files.map((file) => file.split('/')[0]));
    expect(kinds).toEqual(new Set(['downloads', 'generations', 'ledger.json', 'originals', 'store']));
  });

  it('gives nothing to the bin dir but whole plugins, and what was there', async () => {
    const met = new Map<string, number>();
    const situation = record({
      file: constantFrom(...files),
      where: double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      damage: constantFrom(...(Object.keys(damages) as (keyof typeof damages)[])),
      vanished: subarray([...tinyNames]),
      verb: constantFrom(...Object.keys(verbs)),
    });
    await assert(
      asyncProperty(situation, async ({ file, where, damage, vanished, verb }) => {
        using node = copyOf(template);
        for (const name of vanished) rmSync(join(node.binDir, name), { force: true });
        const path = join(node.stateDir, file);
        damages[damage](path, Math.floor(where * statSync(path).size));
        const whole = new Set([...wholeContents(), ...contentsIn(node), ...originalsIn(node)]);

        const end = await runHere(node, verbs[verb] ?? []).then(
          () => 'done',
          (error: unknown) => endOf(error),
        );

        met.set(end, (met.get(end) ?? 0) + 1);
        expect(contentsIn(node).filter((content) => !whole.has(content))).toEqual([]);
      }),
      { numRuns: 200 },
    );
    console.log(JSON.stringify(Object.fromEntries(met)));
    expect([...met.keys()]).toEqual(expect.arrayContaining(['done', 'store-damaged']));
  });
});

function fromMirror(
  url: string,
  { sha256, version }: ReleaseArchive & { readonly version: string },
  names: readonly string[],
): string[] {
  const wish = ['--cni-version', version, '--sha256', sha256, '--plugins', names.join(',')];
  return ['install', '--mirror', url, '--retries', '0', ...wish];
}

/** Whatever is not foreseen is a bug. */
function endOf(error: unknown): string {
  if (error instanceof Failure) return error.code;
  throw error;
}

/** Sends the first half, or with a Range what was asked for. */
function resumable({ bytes }: ReleaseArchive, isCut: () => boolean): Answer {
  return (request, response) => {
    const [, from = '0'] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from);
    const range = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
    const headers = { etag: '"one"', 'content-length': bytes.length - start, ...(start > 0 && range) };
    response.writeHead(start > 0 ? 206 : 200, headers);
    if (!isCut()) return void response.end(bytes.subarray(start));
    return void response.write(bytes.subarray(start, bytes.length / 2), () => response.destroy());
  };
}

function filesBelow(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.isFile())
    .toSorted();
}

/** Digests of every plugin of both releases. */
function wholeContents(): string[] {
  return tinyNames.flatMap((name) =>
    [oldVersion, nextVersion].map((version) =>
      createHash('sha256').update(tinyPlugin(name, version)).digest('hex'),
    ),
  );
}

function contentsIn(node: TestNode): string[] {
  return Object.values(binDirFacts(node)).map(({ content }) => content);
}

/** Of others' files we know no digest: they come back as they wait. */
function originalsIn({ stateDir }: TestNode): string[] {
  const directory = join(stateDir, 'originals');
  return existsSync(directory) ? Object.values(snapshotOf(directory)).map(({ content }) => content) : [];
}
