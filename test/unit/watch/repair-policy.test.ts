// Promises of the repair policy: never give up on what stops pods, never fight over what works.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideRepair,
  noHistory,
  type PluginHistory,
  type PluginTrouble,
  whenIntact,
  whenRepaired,
  whenTroubled,
} from '../../../src/watch/repair-policy.ts';

const budget = 3;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** One plugin beside somebody who makes the same trouble again each time it was put back, looked at each second. */
function repairsAgainst(trouble: PluginTrouble, untilMs: number): number[] {
  let history: PluginHistory = noHistory;
  const repairs: number[] = [];
  for (let nowMs = 0; nowMs < untilMs; nowMs += second) {
    const seen = { ...history, lastChangeMs: nowMs };
    const decision = decideRepair(trouble, seen, { nowMs, budget });
    history = whenTroubled(seen, decision, { trouble, nowMs });
    if (decision.do !== 'repair') continue;
    repairs.push(nowMs);
    history = whenRepaired(history, nowMs);
  }
  return repairs;
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

describe.each(['absent', 'broken', 'not-executable'] as const)('a plugin that is %s', (trouble) => {
  it('is put back at once', () => {
    expect(decideRepair(trouble, noHistory, { nowMs: hour, budget })).toEqual({
      do: 'repair',
      contended: false,
    });
  });

  it('is put back for ever, and at least once a minute', () => {
    const repairs = repairsAgainst(trouble, 24 * hour);
    expect(Math.max(...gaps(repairs))).toBeLessThanOrEqual(61 * second);
    expect(24 * hour - (repairs.at(-1) ?? 0)).toBeLessThanOrEqual(61 * second);
  });

  it('does not take more than the budget and one a minute from the node', () => {
    expect(repairsAgainst(trouble, hour).length).toBeLessThanOrEqual(60 + budget);
  });

  it('is contended once the budget is used up', () => {
    const history = { ...noHistory, repairsMs: [1, 2, 3] };
    expect(decideRepair(trouble, history, { nowMs: 4, budget })).toEqual({
      do: 'wait',
      untilMs: 3 + minute,
      contended: true,
    });
  });
});

describe('a plugin that works, but has other bytes', () => {
  it('is put back after five seconds of quiet', () => {
    const history = { ...noHistory, troubledSinceMs: 0, lastChangeMs: 2 * second };
    expect(decideRepair('changed', history, { nowMs: 3 * second, budget })).toMatchObject({
      do: 'wait',
      untilMs: 7 * second,
    });
    expect(decideRepair('changed', history, { nowMs: 7 * second, budget }).do).toBe('repair');
  });

  it('is put back all the same when somebody writes it without end', () => {
    expect(repairsAgainst('changed', 40 * second)).toHaveLength(1);
  });

  it('is put back no more often than the budget, then left for six hours', () => {
    const repairs = repairsAgainst('changed', 6 * hour);
    expect(repairs).toHaveLength(budget);
    expect(repairs.at(-1)).toBeLessThan(10 * minute);
  });

  it('is tried again when the six hours are over', () => {
    expect(repairsAgainst('changed', 7 * hour).length).toBeGreaterThan(budget);
  });

  it('is contended from the instant on which it is left', () => {
    const history = { ...noHistory, repairsMs: [1, 2, 3], lastChangeMs: 4 };
    const decision = decideRepair('changed', history, { nowMs: 10 * second, budget });
    expect(decision).toMatchObject({ do: 'wait', contended: true });
    const left = whenTroubled(history, decision, { trouble: 'changed', nowMs: 10 * second });
    expect(left.leftSinceMs).toBe(10 * second);
    expect(whenIntact(left).leftSinceMs).toBeUndefined();
  });

  it('that then stops working is put back at once', () => {
    const left = { ...noHistory, leftSinceMs: 5, repairsMs: [] };
    expect(decideRepair('broken', left, { nowMs: 10, budget }).do).toBe('repair');
  });
});

it('never waits into the past', () => {
  const trouble = fc.constantFrom<PluginTrouble>('absent', 'broken', 'not-executable', 'changed');
  const time = fc.nat(24 * hour);
  const history = fc.record({
    repairsMs: fc.array(time, { maxLength: 6 }).map((times) => times.toSorted((a, b) => a - b)),
    troubledSinceMs: fc.option(time, { nil: undefined }),
    lastChangeMs: time,
    leftSinceMs: fc.option(time, { nil: undefined }),
  });
  const checked = fc.check(
    fc.property(trouble, history, time, (what, past, laterMs) => {
      const nowMs = Math.max(laterMs, past.lastChangeMs, past.leftSinceMs ?? 0, ...past.repairsMs);
      const decision = decideRepair(what, past, { nowMs, budget });
      return decision.do === 'repair' || decision.untilMs > nowMs;
    }),
  );
  expect(checked.counterexample).toBeNull();
});
