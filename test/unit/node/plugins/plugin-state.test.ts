// Promises of the audit's words: each decision about each thing that may stand under a name has one, and install and verify never disagree.

import { describe, expect, it } from 'vitest';
import type { Observed } from '../../../../src/node/plugins/inventory.ts';
import {
  type Action,
  type ConflictPolicy,
  makePlan,
  type PlaceReason,
} from '../../../../src/node/plugins/plan.ts';
import { type PluginState, stateOf } from '../../../../src/node/plugins/plugin-state.ts';
import {
  claim,
  file,
  name,
  otherBytes,
  type State,
  type StateName,
  states,
  wantedBytes,
} from './name-states.ts';

const placed = (because: PlaceReason): Action => ({ do: 'place', name, because, preserve: false });

/** What is decided → what a plugin that works is called for it. */
const decisions: readonly (readonly [Action, PluginState])[] = [
  [{ do: 'leave', name, as: 'intact' }, 'intact'],
  [{ do: 'leave', name, as: 'kept' }, 'foreign'],
  [{ do: 'adopt', name }, 'foreign'],
  [{ do: 'keep', name }, 'foreign'],
  [placed('absent'), 'absent'],
  [placed('vanished'), 'absent'],
  [placed('changed'), 'changed'],
  [placed('not-executable'), 'not-executable'],
  [placed('other-mode'), 'changed'],
  [placed('other-version'), 'changed'],
  [placed('foreign'), 'foreign'],
  [placed('foreign-broken'), 'broken'],
  [{ do: 'remove', name }, 'intact'],
  [{ do: 'restore', name }, 'intact'],
  [{ do: 'disown', name, because: 'was-there-before' }, 'foreign'],
  [{ do: 'disown', name, because: 'changed' }, 'changed'],
  [{ do: 'disown', name, because: 'gone' }, 'foreign'],
  [{ do: 'refuse', name, because: 'directory' }, 'foreign'],
  [{ do: 'refuse', name, because: 'special' }, 'foreign'],
  [{ do: 'refuse', name, because: 'conflict' }, 'foreign'],
];

/** What stands there → what it is called when it works and when it does not; `by decision`: as the table above says. */
const observations: readonly (readonly [Observed, works: PluginState | 'by decision', not: PluginState])[] = [
  [{ kind: 'absent' }, 'absent', 'absent'],
  [file(), 'by decision', 'broken'],
  [file({ mode: 0o4777 }), 'by decision', 'broken'],
  [file({ mode: 0o644 }), 'not-executable', 'not-executable'],
  [file({ size: 0, elf: { kind: 'not-elf', because: 'it is empty' } }), 'by decision', 'broken'],
  [{ kind: 'symlink', target: 'cni' }, 'by decision', 'broken'],
  [{ kind: 'directory' }, 'broken', 'broken'],
  [{ kind: 'special' }, 'broken', 'broken'],
];

const cells = decisions.flatMap(([action, whenItWorks]) =>
  observations.flatMap(([observed, works, not]): [Action, Observed, boolean, PluginState][] => [
    [action, observed, true, works === 'by decision' ? whenItWorks : works],
    [action, observed, false, not],
  ]),
);

describe('a plugin', () => {
  it.each(cells)('about which is decided %j, where %j stands, and which works: %s, is %s', (...cell) => {
    const [action, observed, works, state] = cell;
    expect(stateOf(action, observed, works)).toBe(state);
  });
});

/** What an audit of the recorded set calls each name, by policy. The states of plan.test.ts, of which it is no choice. */
const called: Readonly<
  Record<StateName, readonly [replace: PluginState, keep: PluginState, fail: PluginState]>
> = {
  absent: ['absent', 'absent', 'absent'],
  'ours, vanished': ['absent', 'absent', 'absent'],
  'ours, intact': ['intact', 'intact', 'intact'],
  'ours, of an older release': ['changed', 'changed', 'changed'],
  'ours, changed': ['changed', 'changed', 'changed'],
  'ours, cut to zero bytes': ['broken', 'broken', 'broken'],
  'ours, not executable': ['not-executable', 'not-executable', 'not-executable'],
  'ours, hidden from everybody': ['not-executable', 'not-executable', 'not-executable'],
  'ours over an original, hidden from everybody': ['not-executable', 'not-executable', 'not-executable'],
  'ours, readable by somebody else only': ['not-executable', 'not-executable', 'not-executable'],
  'ours, with other permission bits': ['changed', 'changed', 'changed'],
  'ours, now a symbolic link': ['changed', 'changed', 'changed'],
  'ours, now a directory': ['broken', 'broken', 'broken'],
  'adopted, intact': ['intact', 'intact', 'intact'],
  'adopted, of an older release': ['foreign', 'foreign', 'foreign'],
  'adopted, changed since': ['foreign', 'foreign', 'foreign'],
  'ours over an original': ['intact', 'intact', 'intact'],
  'ours over an original, vanished': ['absent', 'absent', 'absent'],
  'ours over an original, changed': ['changed', 'changed', 'changed'],
  'foreign, equal': ['foreign', 'foreign', 'foreign'],
  'foreign, equal, not executable': ['not-executable', 'not-executable', 'not-executable'],
  'foreign, different': ['foreign', 'foreign', 'foreign'],
  'foreign, broken': ['broken', 'broken', 'broken'],
  'symbolic link, live': ['foreign', 'foreign', 'foreign'],
  'symbolic link, dangling': ['broken', 'broken', 'broken'],
  directory: ['broken', 'broken', 'broken'],
  'FIFO or device': ['broken', 'broken', 'broken'],
};

const policies = ['replace', 'keep', 'fail'] as const satisfies readonly ConflictPolicy[];

function actionOn(state: State, onConflict: ConflictPolicy): Action {
  const [action] = makePlan({
    inventory: new Map([[name, state.observed]]),
    claims: new Map(state.claim === undefined ? [] : [[name, state.claim]]),
    wanted: new Map([[name, { sha256: wantedBytes, mode: 0o755 }]]),
    onConflict,
    kept: {},
    working: new Set(worksIn(state) ? [name] : []),
  });
  if (action === undefined) throw new Error('a plan speaks of every name that is wanted');
  return action;
}

/** A file works unless it is empty; of a link the state says so, and one in the place of ours is taken for one that does. */
function worksIn({ observed, works, claim: ours }: State): boolean {
  if (observed.kind === 'file') return observed.size > 0;
  return works ?? ours !== undefined;
}

describe('verify and install', () => {
  it('have one word for every state', () => {
    expect(Object.keys(called)).toEqual(Object.keys(states));
  });

  it.each(Object.entries(called))('call a name that is %s: %j', (stateName, words) => {
    const state: State = states[stateName as StateName];
    const found = policies.map((policy) => stateOf(actionOn(state, policy), state.observed, worksIn(state)));

    expect(found).toEqual(words);
  });

  it.each(Object.keys(states))('agree on what is intact: %s', (stateName) => {
    const state: State = states[stateName as StateName];
    for (const policy of policies) {
      const action = actionOn(state, policy);
      const isLeft = action.do === 'leave' && action.as === 'intact';
      expect(stateOf(action, state.observed, worksIn(state)) === 'intact').toBe(isLeft && worksIn(state));
    }
  });

  it('agree that a world-writable setuid plugin is not intact', () => {
    const state: State = { observed: file({ mode: 0o4777 }), claim: claim() };
    expect(actionOn(state, 'replace')).toEqual(placed('other-mode'));
    expect(stateOf(actionOn(state, 'replace'), state.observed, true)).toBe('changed');
  });

  it('agree that an adopted plugin which its owner replaced is no longer ours', () => {
    const state: State = {
      observed: file({ sha256: otherBytes }),
      claim: claim({ original: 'equal' }),
      works: true,
    };
    expect(actionOn(state, 'keep')).toEqual({ do: 'keep', name });
    expect(stateOf(actionOn(state, 'keep'), state.observed, true)).toBe('foreign');
  });
});
