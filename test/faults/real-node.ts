// A node on disk, as the steps of a property see and change it.

import {
  existsSync,
  lchownSync,
  lutimesSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../src/failure/failure.ts';
import type { Ledger } from '../../src/node/state/ledger.ts';
import { createNode, type TestNode } from '../support/installer.ts';
import { type Content, foreignContents, type Wish } from './expected-node.ts';
import { binDirFacts, type BinDirFacts } from './node-facts.ts';
import { runHere } from './in-process.ts';
import type { Change, Verb } from './node-steps.ts';
import { copyOf, nextVersion, oldVersion, type Releases, runToTheEnd } from './scenarios.ts';
import { record, type Recording, strike } from './struck-run.ts';
import { tinyNames, tinyPlugin } from './tiny-plugins.ts';
import type { Point } from './trace.ts';

/** Which of a run's calls that change the node it does not live to see; undefined where there is no such call. */
export type Aim = (points: readonly Point[]) => Point | undefined;

export class RealNode implements Disposable {
  readonly #node: TestNode = createNode();
  readonly #releases: Releases;

  constructor(before: Readonly<Record<string, Content>>, releases: Releases) {
    this.#releases = releases;
    for (const [name, content] of Object.entries(before)) this.#write(name, content);
  }

  [Symbol.dispose](): void {
    this.#node[Symbol.dispose]();
  }

  get facts(): BinDirFacts {
    return binDirFacts(this.#node);
  }

  get hasStateDir(): boolean {
    return existsSync(this.#node.stateDir);
  }

  get contents(): Readonly<Record<string, Content>> {
    const { facts } = this;
    return Object.fromEntries(tinyNames.map((name) => [name, this.#contentOf(name, facts)]));
  }

  #contentOf(name: string, facts: BinDirFacts): Content {
    const there = facts[name];
    if (there === undefined) return 'absent';
    if (there.kind === 'symlink') return 'link';
    const bytes = readFileSync(join(this.#node.binDir, name));
    const content = foreignContents.find((each) => bytesOf(name, each)?.equals(bytes));
    if (content === undefined) throw new Error(`${name} has bytes that nobody gave it`);
    return content;
  }

  /** The generation before the one that stands, without what was left to others then. */
  get earlierWish(): Wish | undefined {
    const { stateDir } = this.#node;
    if (!existsSync(join(stateDir, 'ledger.json'))) return undefined;
    const current = readLedger(join(stateDir, 'ledger.json')).generation.number;
    const [earlier] = readdirSync(join(stateDir, 'generations'))
      .map((name) => readLedger(join(stateDir, 'generations', name)).generation)
      .filter(({ number }) => number < current)
      .toSorted((a, b) => b.number - a.number);
    if (earlier === undefined) return undefined;
    const names = Object.keys(earlier.plugins).filter((name) => earlier.kept[name] === undefined);
    return { release: earlier.version === oldVersion ? 'old' : 'next', names };
  }

  async apply(change: Change): Promise<'done' | 'refused'> {
    if (change.do === 'write') {
      this.#write(change.name, change.content);
      return 'done';
    }
    try {
      await runHere(this.#node, this.#argumentsOf(change));
      return 'done';
    } catch (error) {
      if (error instanceof Failure && error.code === 'plugin-conflict') return 'refused';
      throw error;
    }
  }

  /**
   * Runs the verb in a process of its own that is killed on entering the call aimed at, by what the same verb does to a
   * copy of this node. Where there is nothing to aim at, it comes to its end.
   * @throws Error when the blow struck elsewhere, or not at all.
   */
  async applyKilled(change: Verb, aim: Aim): Promise<'killed' | 'ended'> {
    const words = this.#argumentsOf(change);
    const recording = await this.#foresee(words);
    const point = aim(recording.points.filter(({ failed }) => !failed));
    if (point === undefined) {
      await runToTheEnd(this.#node, words);
      return 'ended';
    }
    await strike(this.#node, words, { ...recording, point, blow: 'kill' });
    return 'killed';
  }

  async #foresee(words: readonly string[]): Promise<Recording> {
    using copy = copyOf(this.#node);
    return await record(copy, words);
  }

  #argumentsOf(change: Verb): string[] {
    if (change.do === 'uninstall' || change.verb === 'rollback') {
      return [change.do === 'uninstall' ? 'uninstall' : 'rollback'];
    }
    const { wish, policy } = change;
    const { path, sha256 } = this.#releases[wish.release];
    const archive = ['--archive', path, '--sha256', sha256, '--plugins', wish.names.join(',')];
    return ['install', ...archive, '--on-conflict', policy];
  }

  #write(name: string, content: Content): void {
    const path = join(this.#node.binDir, name);
    rmSync(path, { force: true });
    if (content === 'absent') return;
    if (content === 'link') symlinkSync('nowhere', path);
    else writeFileSync(path, bytesOf(name, content) ?? '', { mode: 0o755 });
    lchownSync(path, 4711, 815);
    lutimesSync(path, longAgo, longAgo);
  }
}

const longAgo = new Date('2001-02-03T04:05:06.789Z');

function bytesOf(name: string, content: Content): Buffer | undefined {
  switch (content) {
    case 'old':
      return tinyPlugin(name, oldVersion);
    case 'next':
      return tinyPlugin(name, nextVersion);
    case 'vendor':
      return tinyPlugin(name, 'v0.1.0');
    case 'script':
      return Buffer.from('#!/bin/sh\necho vendor\n');
    case 'empty':
      return Buffer.alloc(0);
    case 'link':
    case 'absent':
      return undefined;
  }
}

function readLedger(path: string): Ledger {
  return JSON.parse(readFileSync(path, 'utf8')) as Ledger;
}
