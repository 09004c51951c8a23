// Promises of the ledger on disk: whole or not believed, never half; a newer one is not touched.

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../../src/failure/failure.ts';
import {
  type Ledger,
  parseLedger,
  readGenerations,
  readLedger,
  recordIntent,
  recordLedger,
} from '../../../../src/node/state/ledger.ts';
import { StateDir } from '../../../../src/node/state/state-dir.ts';
import { digestOf, generation, ledger, storedPlugin } from '../ledgers.ts';

const path = '/state/ledger.json';

function stateDir(): StateDir & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'ledger-'));
  const state = new StateDir(directory);
  mkdirSync(state.temporaryPath);
  return Object.assign(state, {
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  });
}

/** A ledger's JSON with something else in one place. */
function altered(change: (value: Record<string, Record<string, unknown>>) => void): string {
  const value = JSON.parse(JSON.stringify(ledger())) as Record<string, Record<string, unknown>>;
  change(value);
  return JSON.stringify(value);
}

/** One with something in every field. */
function whole(): Ledger {
  const archive = { ...generation().archive, sha512: digestOf('c').repeat(2) };
  const introduced = { portmap: { version: 'v1.1.1', specVersions: ['0.4.0', '1.0.0'] } };
  return ledger({ generation: generation({ archive, kept: { portmap: digestOf('d') }, introduced }) });
}

const notText = [null, 1, '', ['v1'], {}];
const notNumber = [null, '1', 1.5, -1, 2 ** 53, []];
const notSha256 = [null, 'x', digestOf('A'), 'a'.repeat(63), 'a'.repeat(65), `${'a'.repeat(64)}\n`, 1];
const notRecord = [null, 'x', 1, [], ['bridge']];

/** A place in a ledger, and values that must not stand there. */
const badFacts: readonly (readonly [place: string, ...values: unknown[]])[] = [
  ['schema', null, '1', 0, [1]],
  ['generation', ...notRecord],
  ['generation.number', ...notNumber],
  ['generation.version', ...notText],
  ['generation.platform', ...notText],
  ['generation.archive', ...notRecord],
  ['generation.archive.sha256', ...notSha256],
  ['generation.archive.sha512', null, digestOf('a'), 'x', 1],
  ['generation.archive.basis', null, 'Given', 'toString', 1, ['given']],
  ['generation.archive.origin', ...notText],
  ['generation.offered', null, 'bridge', {}, [1], ['../bridge'], ['bridge', null], [['bridge']]],
  ['generation.plugins', ...notRecord, { a: {} }, { a: null }],
  ['generation.plugins.bridge', ...notRecord],
  ['generation.plugins.bridge.sha256', ...notSha256],
  ['generation.plugins.bridge.size', ...notNumber],
  ['generation.plugins.bridge.mode', ...notNumber, 0o10000],
  ['generation.kept', ...notRecord, { '../portmap': digestOf('d') }],
  ['generation.kept.portmap', ...notSha256],
  ['generation.introduced', ...notRecord, { '../portmap': { specVersions: [] } }],
  ['generation.introduced.portmap', ...notRecord, {}],
  ['generation.introduced.portmap.version', ...notText],
  ['generation.introduced.portmap.specVersions', null, '1.0.0', {}, [1], [''], ['1.0.0', null]],
  ['originals', ...notRecord],
  ['originals.bridge', null, 'lost', '', 1, ['nothing'], { nothing: true }],
];

const mayBeMissing = /(?:sha512|bridge|portmap|introduced|introduced\.portmap\.version)$/;

/** The whole ledger's JSON with something else in one place, or nothing at all. */
function withFact(place: string, fact: unknown): string {
  const value = JSON.parse(JSON.stringify(whole())) as Record<string, unknown>;
  const last = place.slice(place.lastIndexOf('.') + 1);
  const holder = place.includes('.') ? factAt(value, place.slice(0, place.lastIndexOf('.'))) : value;
  (holder as Record<string, unknown>)[last] = fact;
  return JSON.stringify(value);
}

function factAt(value: unknown, place: string): unknown {
  return place.split('.').reduce((inner, name) => (inner as Record<string, unknown>)[name], value);
}

describe('a ledger that was written', () => {
  it('is read back as it was', () => {
    expect(parseLedger(JSON.stringify(ledger()), path)).toEqual({ kind: 'ledger', ledger: ledger() });
  });

  it('may have more fields than we know, of the same schema', () => {
    expect(
      parseLedger(
        altered((value) => Object.assign(value, { note: 'x' })),
        path,
      ).kind,
    ).toBe('ledger');
  });
});

describe('a ledger that is not whole', () => {
  it.each<[what: string, text: string, because: string]>([
    ['empty', '', 'it is empty'],
    ['of white space', ' \n', 'it is empty'],
    ['of zeros', '\u0000'.repeat(512), 'it is not JSON'],
    ['cut short', JSON.stringify(ledger()).slice(0, 100), 'it is not JSON'],
    ['null', 'null', 'it lacks what a ledger has'],
    ['a list', '[]', 'it lacks what a ledger has'],
    ['without a schema', '{"generation":{},"originals":{}}', 'it lacks what a ledger has'],
    ['of schema 0', altered((value) => Object.assign(value, { schema: 0 })), 'it lacks what a ledger has'],
  ])('because it is %s is not believed', (_what, text, because) => {
    expect(parseLedger(text, path)).toEqual({ kind: 'unreadable', because });
  });

  it.each(badFacts.flatMap(([place, ...values]) => values.map((value) => [place, value] as const)))(
    'because its %s is %j is not believed',
    (place, value) => {
      expect(parseLedger(withFact(place, value), path).kind).toBe('unreadable');
    },
  );

  it.each(badFacts.map(([place]) => place).filter((place) => !mayBeMissing.test(place)))(
    'because it has no %s is not believed',
    (place) => {
      expect(parseLedger(withFact(place, undefined), path).kind).toBe('unreadable');
    },
  );

  it('is not one that has every field as it should be, so that the table above is about what it changes', () => {
    for (const [place] of badFacts) {
      const sound = factAt(JSON.parse(JSON.stringify(whole())), place);
      expect(parseLedger(withFact(place, sound), path).kind).toBe('ledger');
    }
  });

  it.each([
    '../../etc/passwd',
    'a/b',
    '/etc/passwd',
    '.',
    '../..',
    '',
    '.hidden',
    'a\nb',
    '__proto__',
    'a'.repeat(65),
  ])('because it has a plugin called %j, which would become a path, is not believed', (name) => {
    const text = JSON.stringify(
      ledger({ generation: generation({ plugins: { [name]: storedPlugin('a') } }) }),
    );
    expect(parseLedger(text, path).kind).toBe('unreadable');
  });

  it.each(['../escape', 'a/b', '../..'])('because it has an original called %j is not believed', (name) => {
    const text = JSON.stringify(ledger({ originals: { [name]: 'displaced' } }));
    expect(parseLedger(text, path).kind).toBe('unreadable');
  });
});

describe('a ledger of a newer schema', () => {
  it('ends the run: it is not ours to interpret', () => {
    const read = (): unknown => parseLedger('{"schema":2}', path);
    expect(read).toThrow(Failure);
    expect(read).toThrow(/\/state\/ledger\.json has schema 2.*nothing was touched/);
  });
});

describe('on disk', () => {
  it('no ledger is none, also where the state dir is a file', () => {
    using state = stateDir();
    expect(readLedger(state)).toEqual({ kind: 'none' });
    const file = join(state.path, 'file');
    writeFileSync(file, '');
    expect(readLedger(new StateDir(join(file, 'below')))).toEqual({ kind: 'none' });
  });

  it('a recorded ledger is whole, readable for people, and leaves no temporary name', () => {
    using state = stateDir();
    recordLedger(state, ledger());
    expect(readLedger(state)).toEqual({ kind: 'ledger', ledger: ledger() });
    expect(readFileSync(state.ledgerPath, 'utf8')).toMatch(/^\{\n {2}"schema": 1,\n/);
    expect(readdirSync(state.temporaryPath)).toEqual([]);
  });

  it('generations come newest first, by number and not by letter; what is unreadable is left out', () => {
    using state = stateDir();
    for (const number of [2, 10, 9]) recordIntent(state, ledger({ generation: generation({ number }) }));
    writeFileSync(state.generationPath(11), 'garbage');
    writeFileSync(join(state.generationsPath, 'notes.txt'), 'not ours');
    expect(readGenerations(state).map((record) => record.generation.number)).toEqual([10, 9, 2]);
  });
});

describe('the fixtures of these tests', () => {
  it('have digests of the right length', () => {
    expect(digestOf('a')).toHaveLength(64);
  });
});
