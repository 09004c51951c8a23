// Promises of tidying: what a recorded set or its owner still needs stays, and so does what is not ours.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  clearStateDir,
  forgetIntentsBetween,
  isUntidy,
  removeEmptyDirectories,
  removeEmptyStateDir,
  retainTwoGenerations,
  sweepTemporaries,
  takeBackBlobs,
  withdrawIntent,
} from '../../../../src/node/state/housekeeping.ts';
import { type Ledger, recordIntent, recordLedger } from '../../../../src/node/state/ledger.ts';
import { prepareStateDir } from '../../../../src/node/state/prepare.ts';
import { StateDir } from '../../../../src/node/state/state-dir.ts';
import { digestOf, generation, ledger, storedPlugin } from '../ledgers.ts';

function preparedStateDir(): StateDir & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'housekeeping-'));
  const state = new StateDir(join(directory, 'state'));
  prepareStateDir(state);
  return Object.assign(state, {
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  });
}

/** A recorded set of one plugin, told from others by the letter of its digest. */
function record(
  state: StateDir,
  number: number,
  letter: string,
  originals: Ledger['originals'] = {},
): Ledger {
  const plugins = { macvlan: storedPlugin(letter) };
  const recorded = ledger({ generation: generation({ number, plugins }), originals });
  recordIntent(state, recorded);
  writeFileSync(state.blobPath(digestOf(letter)), letter);
  return recorded;
}

function blobsIn(state: StateDir): string[] {
  return readdirSync(state.storePath).map((name) => name.slice('sha256-'.length, 'sha256-'.length + 1));
}

describe('after a switch', () => {
  it('two generations can be gone back to, with their plugins; what is older is forgotten', () => {
    using state = preparedStateDir();
    const [first, second, third] = [record(state, 1, 'a'), record(state, 2, 'b'), record(state, 3, 'c')];

    retainTwoGenerations(state, third, [third, second, first]);

    expect(readdirSync(state.generationsPath).toSorted()).toEqual(['2.json', '3.json']);
    expect(blobsIn(state).toSorted()).toEqual(['b', 'c']);
  });

  it('the original of a name that was given back goes; one that still waits for its name, and a stranger, stay', () => {
    using state = preparedStateDir();
    const before = record(state, 1, 'a', { bridge: 'displaced', macvlan: 'displaced' });
    const after = record(state, 2, 'b', { macvlan: 'displaced' });
    for (const name of ['bridge', 'macvlan', 'notes']) writeFileSync(state.originalPath(name), name);
    expect(isUntidy(state, after, [after, before])).toBe(true);

    retainTwoGenerations(state, after, [after, before]);

    expect(readdirSync(state.originalsPath).toSorted()).toEqual(['macvlan', 'notes']);
  });

  it('intents that were cut off between it and what stood before are forgotten, and no others', () => {
    using state = preparedStateDir();
    const numbers = [1, 2, 3, 4, 5].map((number) => record(state, number, 'a'));

    forgetIntentsBetween(state, numbers[1] ?? ledger(), numbers[3] ?? ledger());

    expect(readdirSync(state.generationsPath).toSorted()).toEqual(['1.json', '2.json', '4.json', '5.json']);
  });
});

describe('after a turn that failed', () => {
  it('its intent is gone', () => {
    using state = preparedStateDir();
    const intent = record(state, 3, 'a');
    withdrawIntent(state, intent);
    expect(readdirSync(state.generationsPath)).toEqual([]);
  });

  it('only what it brought into the store is taken out: not what was there, not what is recorded', () => {
    using state = preparedStateDir();
    recordLedger(state, record(state, 1, 'a'));
    writeFileSync(state.blobPath(digestOf('b')), 'of a ledger that was lost');
    writeFileSync(state.blobPath(digestOf('c')), 'brought in vain');

    takeBackBlobs(state, [digestOf('b')]);

    expect(blobsIn(state).toSorted()).toEqual(['a', 'b']);
  });
});

describe('a state dir', () => {
  it('with work under way, or a lock, is untidy; one with nothing but two recorded sets is not', () => {
    using state = preparedStateDir();
    const recorded = [record(state, 2, 'b'), record(state, 1, 'a')];
    expect(isUntidy(state, recorded[0], recorded)).toBe(true);

    rmSync(state.temporaryPath, { recursive: true });
    expect(isUntidy(state, recorded[0], recorded)).toBe(true);

    rmSync(state.locksPath, { recursive: true });
    expect(isUntidy(state, recorded[0], recorded)).toBe(false);
  });

  it('is swept of temporary names alone', () => {
    using state = preparedStateDir();
    record(state, 1, 'a');
    writeFileSync(state.temporary(), 'half a plugin');

    sweepTemporaries(state);

    expect(readdirSync(state.temporaryPath)).toEqual([]);
    expect(blobsIn(state)).toEqual(['a']);
  });

  it("without content leaves no directory behind; with somebody else's in it, it stays", () => {
    using state = preparedStateDir();
    writeFileSync(join(state.path, 'notes'), 'not ours');
    removeEmptyDirectories(state);
    removeEmptyStateDir(state);
    expect(readdirSync(state.path)).toEqual(['notes']);

    rmSync(join(state.path, 'notes'));
    removeEmptyStateDir(state);
    expect(existsSync(state.path)).toBe(false);
  });

  it('that is cleared keeps the locks, and what is not ours', () => {
    using state = preparedStateDir();
    recordLedger(state, record(state, 1, 'a'));
    mkdirSync(join(state.path, 'theirs'));

    clearStateDir(state);

    expect(readdirSync(state.path).toSorted()).toEqual(['locks', 'theirs']);
  });
});
