// Promises about the ledger that a plan leaves: what is ours afterwards, and what each name held before us.

import { describe, expect, it } from 'vitest';
import type { Ledger, Original } from '../../../../src/node/state/ledger.ts';
import { ledgerAfter, nextLedger } from '../../../../src/node/plugins/next-ledger.ts';
import type { Action, Claim } from '../../../../src/node/plugins/plan.ts';
import { digestOf, generation, ledger, observedFile } from '../ledgers.ts';

const name = 'macvlan';

/** What the ledger says of the name after the one action. */
function originalAfter(action: Action, before?: Original): Original | undefined {
  const claim: Claim | undefined = before && { sha256: digestOf('b'), mode: 0o755, original: before };
  const { number: _number, kept: _kept, ...set } = generation();
  return nextLedger({
    plan: [action],
    set,
    number: 7,
    claims: new Map(claim === undefined ? [] : [[name, claim]]),
    inventory: new Map(),
  }).originals[name];
}

describe('what a name held before us', () => {
  it.each<[action: Action, before: Original | undefined, after: Original | undefined]>([
    [{ do: 'place', name, because: 'absent', preserve: false }, undefined, 'nothing'],
    [{ do: 'place', name, because: 'foreign', preserve: true }, undefined, 'displaced'],
    [{ do: 'place', name, because: 'other-version', preserve: false }, 'nothing', 'nothing'],
    [{ do: 'place', name, because: 'other-version', preserve: false }, 'displaced', 'displaced'],
    [{ do: 'place', name, because: 'other-version', preserve: true }, 'equal', 'displaced'],
    [{ do: 'adopt', name }, undefined, 'equal'],
    [{ do: 'leave', name, as: 'intact' }, 'nothing', 'nothing'],
    [{ do: 'leave', name, as: 'intact' }, 'displaced', 'displaced'],
    [{ do: 'leave', name, as: 'intact' }, 'equal', 'equal'],
    [{ do: 'leave', name, as: 'kept' }, undefined, undefined],
    [{ do: 'keep', name }, undefined, undefined],
    [{ do: 'remove', name }, 'nothing', undefined],
    [{ do: 'restore', name }, 'displaced', undefined],
    [{ do: 'disown', name, because: 'changed' }, 'displaced', undefined],
  ])('after %j, from %s, is %s', (action, before, after) => {
    expect(originalAfter(action, before)).toBe(after);
  });
});

describe('a plugin left to others', () => {
  it.each<[action: Action]>([[{ do: 'keep', name }], [{ do: 'leave', name, as: 'kept' }]])(
    'is remembered by the bytes that were seen to work: %j',
    (action) => {
      const { number: _number, kept: _kept, ...set } = generation();
      const next = nextLedger({
        plan: [action],
        set,
        number: 7,
        claims: new Map(),
        inventory: new Map([[name, observedFile('9')]]),
      });
      expect(next).toMatchObject({
        generation: { number: 7, kept: { [name]: digestOf('9') } },
        originals: {},
      });
    },
  );

  it('that is a symbolic link has no bytes to remember', () => {
    const { number: _number, kept: _kept, ...set } = generation();
    const inventory = new Map([[name, { kind: 'symlink', target: 'nowhere' } as const]]);
    const next = nextLedger({ plan: [{ do: 'keep', name }], set, number: 7, claims: new Map(), inventory });
    expect(next.generation.kept).toEqual({});
  });
});

describe('the number of the ledger that a plan leaves', () => {
  const plan: Action[] = [{ do: 'place', name: 'macvlan', because: 'vanished', preserve: false }];
  const claims = new Map([['macvlan', { sha256: digestOf('b'), mode: 0o755, original: 'nothing' } as const]]);
  const standing = ledger({ generation: generation({ number: 4 }), originals: { macvlan: 'nothing' } });
  const setOf = ({ generation: { number: _number, kept: _kept, ...set } }: Ledger) => set;
  const after = (set: Ledger, history: { ledger: Ledger | undefined; generations: readonly Ledger[] }) =>
    ledgerAfter({ plan, set: setOf(set), claims, inventory: new Map(), ...history });

  it('is 1 on a node without a history', () => {
    expect(after(standing, { ledger: undefined, generations: [] }).generation.number).toBe(1);
  });

  it('stays with a repair: it is the very ledger there is', () => {
    expect(after(standing, { ledger: standing, generations: [standing] })).toBe(standing);
  });

  it('grows with another set, past every intent that is recorded', () => {
    const other = ledger({ generation: generation({ version: 'v1.9.0' }) });
    const intent = ledger({ generation: generation({ number: 6, version: 'v1.8.0' }) });
    expect(after(other, { ledger: standing, generations: [intent, standing] }).generation.number).toBe(7);
  });

  it('is that of the intent when a switch that was cut off is done again', () => {
    const intent = ledger({ ...standing, generation: generation({ number: 5, version: 'v1.9.0' }) });
    expect(after(intent, { ledger: standing, generations: [intent, standing] })).toBe(intent);
  });
});
