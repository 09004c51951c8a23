// The changes of a node that are disturbed at every step: what stands before, which verb runs, what others had there.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lchownSync,
  lutimesSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNode, runInstaller, type TestNode } from '../support/installer.ts';
import type { ReleaseArchive } from '../support/release-archives.ts';
import { spareName } from './node-facts.ts';
import { layOutTinyRelease, tinyPlugin } from './tiny-plugins.ts';

export interface Scenario {
  readonly name: ScenarioName;
  /** Brings a node of others' making to where the verb begins. */
  readonly prepare: (node: TestNode) => Promise<void>;
  readonly verb: readonly string[];
  /** What asks for the same once it has happened and was recorded; only a rollback would then do something else. */
  readonly whenRecorded: readonly string[];
  /** What somebody else may want after the verb was cut off. */
  readonly otherWish: readonly string[];
  /** What gives all back. */
  readonly uninstall: readonly string[];
}

/** Two releases, laid out once for all runs. */
export interface Releases extends Disposable {
  readonly old: ReleaseArchive;
  readonly next: ReleaseArchive;
}

export const oldVersion = 'v1.8.0';
export const nextVersion = 'v1.9.1';

export function layOutReleases(): Releases {
  const directory = mkdtempSync(join(tmpdir(), 'tiny-releases-'));
  return {
    old: layOutTinyRelease(directory, oldVersion),
    next: layOutTinyRelease(directory, nextVersion),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

/** Whose temporary file this is we know by name only; it is never ours. */
export const foreignTemporary = 'multus-shim.temp123';

/**
 * A node on which others were first: an odd file that is no plugin at all, a link that leads nowhere from here, plugins
 * with the very bytes of the old release and of the next, of which the latter may not be executed, and somebody's
 * temporary file.
 */
export function createForeignNode(): TestNode {
  const node = createNode();
  const { binDir } = node;
  placeForeign(join(binDir, 'bridge'), Buffer.from('#!/bin/sh\necho vendor\n'), 0o2751);
  placeForeign(join(binDir, 'static'), tinyPlugin('static', oldVersion), 0o555);
  placeForeign(join(binDir, 'tap'), tinyPlugin('tap', nextVersion), 0o644);
  placeForeign(join(binDir, foreignTemporary), Buffer.from('half a shim'), 0o600);
  symlinkSync('cni', join(binDir, 'macvlan'));
  lchownSync(join(binDir, 'macvlan'), 4711, 815);
  lutimesSync(join(binDir, 'macvlan'), longAgo, longAgo);
  return node;
}

const longAgo = new Date('2001-02-03T04:05:06.789Z');

function placeForeign(path: string, content: Buffer, mode: number): void {
  writeFileSync(path, content);
  lchownSync(path, 4711, 815);
  // After the owner: chown(2) takes setgid away.
  chmodSync(path, mode);
  utimesSync(path, longAgo, longAgo);
}

/** The same node once more, with owners, times and links. */
export function copyOf(node: TestNode): TestNode {
  const copy = createNode();
  rmSync(copy.directory, { recursive: true });
  execFileSync('cp', ['-a', node.directory, copy.directory]);
  return copy;
}

/** What is struck. With a spare store a verb makes every call that it makes without one, and those on that store. */
export const scenarioNames = [
  'first install',
  'repair',
  'upgrade with a spare store',
  'rollback with a spare store',
  'uninstall with a spare store',
  'repair by watch, with a spare store',
] as const;

export type ScenarioName = (typeof scenarioNames)[number] | 'upgrade' | 'rollback' | 'uninstall';

export function scenarioOf(name: ScenarioName, { old, next }: Releases): Scenario {
  const kind = name.replace(/,? with a spare store/, '');
  const spare = kind === name ? [] : ['--spare-store', `<bin dir>/${spareName}`];
  const install = ({ path, sha256 }: ReleaseArchive, plugins: string): string[] => {
    return ['install', '--archive', path, '--sha256', sha256, '--plugins', plugins, ...spare];
  };
  const first = install(old, 'bridge,macvlan,static');
  const upgrade = install(next, 'bridge,dummy,static,tap');
  const uninstall = ['uninstall', ...spare];
  const rollback = ['rollback', ...spare];
  switch (kind) {
    case 'first install':
      return { name, uninstall, prepare: runAll(), verb: first, whenRecorded: first, otherWish: upgrade };
    case 'repair':
      return {
        name,
        uninstall,
        prepare: damagedAfter(first),
        verb: first,
        whenRecorded: first,
        otherWish: upgrade,
      };
    case 'repair by watch':
      return {
        name,
        uninstall,
        prepare: goneFromStoreAfter(first),
        verb: ['watch', '--listen', 'off', ...spare],
        whenRecorded: first,
        otherWish: upgrade,
      };
    case 'rollback': {
      const prepare = runAll(first, upgrade);
      return { name, uninstall, prepare, verb: rollback, whenRecorded: first, otherWish: upgrade };
    }
    case 'uninstall': {
      const prepare = runAll(first, upgrade);
      return { name, uninstall, prepare, verb: uninstall, whenRecorded: uninstall, otherWish: first };
    }
    default:
      return {
        name,
        uninstall,
        prepare: runAll(first),
        verb: upgrade,
        whenRecorded: upgrade,
        otherWish: first,
      };
  }
}

function runAll(...verbs: readonly string[][]): Scenario['prepare'] {
  return async (node) => {
    for (const verb of verbs) await runToTheEnd(node, verb);
  };
}

/** One plugin written through and cut short, one gone. The archive is there, but is not needed. */
function damagedAfter(verb: string[]): Scenario['prepare'] {
  return async (node) => {
    await runToTheEnd(node, verb);
    writeFileSync(join(node.binDir, 'bridge'), tinyPlugin('bridge', oldVersion).subarray(0, 300));
    rmSync(join(node.binDir, 'macvlan'));
  };
}

/** One plugin is gone, and its copy in the store as well: the spare store has the only one. */
function goneFromStoreAfter(verb: string[]): Scenario['prepare'] {
  return async (node) => {
    await runToTheEnd(node, verb);
    const sha256 = createHash('sha256').update(tinyPlugin('macvlan', oldVersion)).digest('hex');
    rmSync(join(node.stateDir, 'store', `sha256-${sha256}`));
    rmSync(join(node.binDir, 'macvlan'));
  };
}

export async function runToTheEnd(node: TestNode, verb: readonly string[]): Promise<void> {
  const { exitStatus, stderr } = await runInstaller(node, verb);
  if (exitStatus !== 0) throw new Error(`${verb[0]} ended with ${exitStatus}: ${stderr}`);
}
