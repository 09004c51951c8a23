// Promises about what we call ours: the ledger's word, and of a switch that was cut off only what it got to.

import { describe, expect, it } from 'vitest';
import { claimedNames, claimsFrom } from '../../../../src/node/plugins/claims.ts';
import { digestOf, generation, ledger, observedFile, storedPlugin } from '../ledgers.ts';

const nothingThere = new Map();

describe('a ledger', () => {
  it('claims the names it has originals for, with the bytes and mode we placed', () => {
    const claims = claimsFrom({ ledger: ledger(), intent: undefined, inventory: nothingThere });
    expect([...claims]).toEqual([
      ['bridge', { sha256: digestOf('a'), mode: 0o755, original: 'nothing' }],
      ['macvlan', { sha256: digestOf('b'), mode: 0o755, original: 'displaced' }],
    ]);
  });

  it('claims its names whatever stands there now', () => {
    const inventory = new Map([['bridge', observedFile('e')]]);
    const claims = claimsFrom({ ledger: ledger(), intent: undefined, inventory });
    expect(claims.get('bridge')?.sha256).toBe(digestOf('a'));
  });

  it('does not claim a plugin of the set that was left to others', () => {
    const kept = ledger({ originals: { bridge: 'nothing' } });
    expect(claimedNames(kept)).toEqual(['bridge']);
  });

  it('does not claim a name without bytes', () => {
    const stray = ledger({ originals: { bridge: 'nothing', stray: 'displaced' } });
    expect(claimedNames(stray)).toEqual(['bridge']);
  });

  it('that is not there claims nothing', () => {
    expect(claimedNames(undefined)).toEqual([]);
    expect(claimsFrom({ ledger: undefined, intent: undefined, inventory: nothingThere })).toEqual(new Map());
  });
});

describe('a switch that was cut off', () => {
  const intent = ledger({
    generation: generation({
      number: 2,
      plugins: { bridge: storedPlugin('c'), macvlan: storedPlugin('d'), static: storedPlugin('e') },
    }),
    originals: { bridge: 'nothing', macvlan: 'displaced', static: 'displaced' },
  });

  it('claims a name that already has the new bytes', () => {
    const inventory = new Map([
      ['bridge', observedFile('c')],
      ['static', observedFile('e')],
    ]);
    const claims = claimsFrom({ ledger: ledger(), intent, inventory });
    expect(claims.get('bridge')?.sha256).toBe(digestOf('c'));
    expect(claims.get('static')).toEqual({ sha256: digestOf('e'), mode: 0o755, original: 'displaced' });
  });

  it('leaves the ledger its word for a name that it has not reached', () => {
    const inventory = new Map([['bridge', observedFile('a')]]);
    expect(claimsFrom({ ledger: ledger(), intent, inventory }).get('bridge')?.sha256).toBe(digestOf('a'));
  });

  it("leaves another installer's plugin to that one when it has not reached it", () => {
    const inventory = new Map([['static', observedFile('9')]]);
    expect(claimsFrom({ ledger: ledger(), intent, inventory }).has('static')).toBe(false);
  });

  it('of a first install claims what it placed, without any ledger', () => {
    const inventory = new Map([['bridge', observedFile('c')]]);
    expect([...claimsFrom({ ledger: undefined, intent, inventory }).keys()]).toEqual(['bridge']);
  });
});
