// Promises about guessing what a misspelt word was meant to be.

import { assert, nat, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../../src/lib/text/nearest.ts';

describe('the edit distance', () => {
  it.each([
    ['', '', 0],
    ['macvlan', 'macvlan', 0],
    ['', 'abc', 3],
    ['macvlam', 'macvlan', 1],
    ['macvaln', 'macvlan', 1],
    ['macvla', 'macvlan', 1],
    ['mmacvlan', 'macvlan', 1],
    ['vlna', 'vlan', 1],
    ['ab', 'ba', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  const word = string({ maxLength: 8 });

  it('is nothing for a word and itself, and for no other', () => {
    assert(
      property(word, word, (a, b) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it('is at least the difference of the lengths, and at most the longer one', () => {
    assert(
      property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('of a word with one letter dropped, put in, replaced or swapped is one at most', () => {
    assert(
      property(
        string({ minLength: 2, maxLength: 8 }),
        nat(),
        string({ minLength: 1, maxLength: 1 }),
        (a, n, letter) => {
          const at = n % (a.length - 1);
          const changed = [
            a.slice(0, at) + a.slice(at + 1),
            a.slice(0, at) + letter + a.slice(at),
            a.slice(0, at) + letter + a.slice(at + 1),
            a.slice(0, at) + (a[at + 1] ?? '') + (a[at] ?? '') + a.slice(at + 2),
          ];
          for (const b of changed) expect(editDistance(a, b)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('the nearest known word', () => {
  const plugins = ['bandwidth', 'bridge', 'dhcp', 'ipvlan', 'macvlan', 'portmap', 'ptp', 'tap', 'vlan'];

  it.each([
    ['macvlam', 'macvlan'],
    ['mac-vlan', 'macvlan'],
    ['MACVLAN', 'macvlan'],
    ['brigde', 'bridge'],
    ['ivplan', 'ipvlan'],
    ['vlans', 'vlan'],
    ['width', 'bandwidth'],
  ])('to %j is %s', (word, meant) => {
    expect(nearest(word, plugins)).toBe(meant);
  });

  it.each(['flannel', 'quantum', 'x', '', 'xyz', '../../etc/passwd'])(
    'to %j is none: no guess is better',
    (word) => {
      expect(nearest(word, plugins)).toBeUndefined();
    },
  );

  it('is the nearer of two', () => {
    expect(nearest('host-proc', ['host-path', 'host-pros'])).toBe('host-pros');
  });

  it('that has the word in it is taken only where there is one such', () => {
    expect(nearest('shared', ['shared-path', 'require-shared'])).toBeUndefined();
    expect(nearest('conflict', ['on-conflict', 'strict'])).toBe('on-conflict');
  });

  it('is none among none', () => {
    expect(nearest('macvlan', [])).toBeUndefined();
  });
});
