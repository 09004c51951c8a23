// Promises of the plan: every state of a name, under every policy, wanted or skipped, has exactly one written answer.

import { describe, expect, it } from 'vitest';
import {
  type Action,
  type ConflictPolicy,
  makePlan,
  type PlanInput,
} from '../../../../src/node/plugins/plan.ts';
import {
  claim,
  file,
  name,
  olderBytes,
  otherBytes,
  type State,
  type StateName,
  states,
  wantedBytes,
} from './name-states.ts';

/** Short words for actions, so that the table below is one. */
const actions = {
  nothing: undefined,
  leave: { do: 'leave', name, as: 'intact' },
  adopt: { do: 'adopt', name },
  keep: { do: 'keep', name },
  'place: absent': { do: 'place', name, because: 'absent', preserve: false },
  'place: vanished': { do: 'place', name, because: 'vanished', preserve: false },
  'place: changed': { do: 'place', name, because: 'changed', preserve: false },
  'place: not-executable': { do: 'place', name, because: 'not-executable', preserve: false },
  'place: other-mode': { do: 'place', name, because: 'other-mode', preserve: false },
  'place: other-version': { do: 'place', name, because: 'other-version', preserve: false },
  'displace: foreign': { do: 'place', name, because: 'foreign', preserve: true },
  'displace: broken': { do: 'place', name, because: 'foreign-broken', preserve: true },
  'displace: not-executable': { do: 'place', name, because: 'not-executable', preserve: true },
  remove: { do: 'remove', name },
  restore: { do: 'restore', name },
  'disown: was there': { do: 'disown', name, because: 'was-there-before' },
  'disown: changed': { do: 'disown', name, because: 'changed' },
  'disown: unread': { do: 'disown', name, because: 'unread' },
  'disown: gone': { do: 'disown', name, because: 'gone' },
  'refuse: directory': { do: 'refuse', name, because: 'directory' },
  'refuse: special': { do: 'refuse', name, because: 'special' },
  'refuse: conflict': { do: 'refuse', name, because: 'conflict' },
} as const satisfies Record<string, Action | undefined>;

type ActionWord = keyof typeof actions;

/** State of the name → what is done when it is wanted, by policy; and when it is skipped, whatever the policy. */
const matrix: Readonly<Record<StateName, readonly [...Record3<ActionWord>, skipped: ActionWord]>> = {
  //                                          replace                    keep                       fail                       skipped
  absent: ['place: absent', 'place: absent', 'place: absent', 'nothing'],
  'ours, vanished': ['place: vanished', 'place: vanished', 'place: vanished', 'disown: gone'],
  'ours, intact': ['leave', 'leave', 'leave', 'remove'],
  'ours, of an older release': [
    'place: other-version',
    'place: other-version',
    'place: other-version',
    'remove',
  ],
  'ours, changed': ['place: changed', 'place: changed', 'place: changed', 'disown: changed'],
  'ours, cut to zero bytes': ['place: changed', 'place: changed', 'place: changed', 'remove'],
  'ours, not executable': [
    'place: not-executable',
    'place: not-executable',
    'place: not-executable',
    'remove',
  ],
  'ours, hidden from everybody': [
    'place: not-executable',
    'place: not-executable',
    'place: not-executable',
    'remove',
  ],
  'ours over an original, hidden from everybody': [
    'place: not-executable',
    'place: not-executable',
    'place: not-executable',
    'restore',
  ],
  'ours, readable by somebody else only': [
    'place: not-executable',
    'place: not-executable',
    'place: not-executable',
    'disown: unread',
  ],
  'ours, with other permission bits': [
    'place: other-mode',
    'place: other-mode',
    'place: other-mode',
    'remove',
  ],
  'ours, now a symbolic link': ['place: changed', 'place: changed', 'place: changed', 'disown: changed'],
  'ours, now a directory': ['refuse: directory', 'refuse: directory', 'refuse: directory', 'disown: changed'],
  'adopted, intact': ['leave', 'leave', 'leave', 'disown: was there'],
  'adopted, of an older release': ['displace: foreign', 'keep', 'refuse: conflict', 'disown: was there'],
  'adopted, changed since': ['displace: foreign', 'keep', 'refuse: conflict', 'disown: was there'],
  'ours over an original': ['leave', 'leave', 'leave', 'restore'],
  'ours over an original, vanished': ['place: vanished', 'place: vanished', 'place: vanished', 'restore'],
  'ours over an original, changed': ['place: changed', 'place: changed', 'place: changed', 'disown: changed'],
  'foreign, equal': ['adopt', 'adopt', 'adopt', 'nothing'],
  'foreign, equal, not executable': [
    'displace: not-executable',
    'displace: not-executable',
    'displace: not-executable',
    'nothing',
  ],
  'foreign, different': ['displace: foreign', 'keep', 'refuse: conflict', 'nothing'],
  'foreign, broken': ['displace: foreign', 'displace: broken', 'refuse: conflict', 'nothing'],
  'symbolic link, live': ['displace: foreign', 'keep', 'refuse: conflict', 'nothing'],
  'symbolic link, dangling': ['displace: foreign', 'displace: broken', 'refuse: conflict', 'nothing'],
  directory: ['refuse: directory', 'refuse: directory', 'refuse: directory', 'nothing'],
  'FIFO or device': ['refuse: special', 'refuse: special', 'refuse: special', 'nothing'],
};

type Record3<Word> = readonly [replace: Word, keep: Word, fail: Word];

const policies = ['replace', 'keep', 'fail'] as const satisfies readonly ConflictPolicy[];

function inputFor(stateName: StateName, onConflict: ConflictPolicy, wanted: boolean): PlanInput {
  const state: State = states[stateName];
  return {
    inventory: new Map([[name, state.observed]]),
    claims: new Map(state.claim === undefined ? [] : [[name, state.claim]]),
    wanted: new Map(wanted ? [[name, { sha256: wantedBytes, mode: 0o755 }]] : []),
    onConflict,
    kept: {},
    working: new Set(state.works === true ? [name] : []),
  };
}

const cells = Object.entries(matrix).flatMap(([stateName, row]) =>
  policies.flatMap((policy, column): [StateName, ConflictPolicy, string, ActionWord][] => [
    [stateName as StateName, policy, 'wanted', row[column] ?? 'nothing'],
    [stateName as StateName, policy, 'skipped', row[3]],
  ]),
);

describe('a name in the bin dir', () => {
  it.each(cells)('that is %s, under %s, %s: %s', (stateName, policy, listed, word) => {
    const plan = makePlan(inputFor(stateName, policy, listed === 'wanted'));

    const expected: Action | undefined = actions[word];
    expect(plan).toEqual(expected === undefined ? [] : [expected]);
  });

  it('has an answer in the table for every state', () => {
    expect(Object.keys(matrix)).toEqual(Object.keys(states));
  });
});

describe('under keep, a plugin that was kept before', () => {
  const kept: PlanInput = { ...inputFor('foreign, different', 'keep', true), working: new Set() };

  it('stays without being run again, as long as its bytes are the same', () => {
    expect(makePlan({ ...kept, kept: { [name]: otherBytes } })).toEqual([{ do: 'leave', name, as: 'kept' }]);
  });

  it('is in question again when its bytes are others', () => {
    expect(makePlan({ ...kept, kept: { [name]: olderBytes } })).toEqual([actions['displace: broken']]);
  });

  it('is in question again when it can not be executed any more', () => {
    const inventory = new Map([[name, file({ sha256: otherBytes, mode: 0o644 })]]);
    expect(makePlan({ ...kept, inventory, kept: { [name]: otherBytes } })).toEqual([
      actions['displace: broken'],
    ]);
  });
});

describe('as long as the archive was not read', () => {
  const unread = new Map([[name, { sha256: undefined, mode: 0o755 }]]);

  it.each<[state: StateName, word: ActionWord]>([
    ['ours, intact', 'leave'],
    ['ours, changed', 'place: changed'],
    ['absent', 'place: absent'],
    ['directory', 'refuse: directory'],
  ])('a name that is %s already has its answer: %s', (stateName, word) => {
    expect(makePlan({ ...inputFor(stateName, 'replace', true), wanted: unread })).toEqual([actions[word]]);
  });
});

describe('a plan', () => {
  it('speaks of every name that is wanted or ours, once, in alphabetical order', () => {
    const plan = makePlan({
      inventory: new Map(),
      claims: new Map([
        ['vlan', claim()],
        ['bridge', claim()],
      ]),
      wanted: new Map([
        ['macvlan', { sha256: wantedBytes, mode: 0o755 }],
        ['bridge', { sha256: wantedBytes, mode: 0o755 }],
      ]),
      onConflict: 'replace',
      kept: {},
      working: new Set(),
    });
    expect(plan.map((action) => action.name)).toEqual(['bridge', 'macvlan', 'vlan']);
  });
});
