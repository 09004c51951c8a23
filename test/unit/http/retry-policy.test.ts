// The numbers behind repetition: windows, jitter, Retry-After, the deadline.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultBackoff,
  isRetriableStatus,
  nextStep,
  parseHttpDate,
  parseRetryAfter,
  retryAfterDelayMs,
  retryDelayMs,
} from '../../../src/http/retry-policy.ts';

const policy = { baseMs: 1_000, capMs: 30_000, overloadHeadStart: 2, retryAfterCapMs: 120_000 };
const almostOne = 1 - Number.EPSILON;
const random01 = fc.double({ min: 0, max: almostOne, noNaN: true });

describe('the pause after a failed attempt', () => {
  test.each([
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [4, 16_000],
    [5, 30_000],
    [50, 30_000],
    [5_000, 30_000],
  ])('after attempt %i is uniform below %i ms', (attempt, windowMs) => {
    expect(retryDelayMs(attempt, 0, policy)).toBe(0);
    expect(retryDelayMs(attempt, 0.5, policy)).toBe(windowMs / 2);
    expect(retryDelayMs(attempt, almostOne, policy)).toBeLessThanOrEqual(windowMs);
  });

  test('is not flattened by the cap: at the cap different draws still differ', () => {
    const draws = [0.1, 0.4, 0.7, 0.9].map((random) => retryDelayMs(40, random, policy));

    expect(new Set(draws).size).toBe(draws.length);
  });
});

describe('the pause that a server asked for', () => {
  test('is never undercut within its bound, and spread over as long again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: 1, max: 60 }),
        random01,
        (told, attempt, random) => {
          const delayMs = retryAfterDelayMs(told, attempt, random, policy);
          const boundedMs = Math.min(told, policy.retryAfterCapMs);
          expect(delayMs).toBeGreaterThanOrEqual(boundedMs);
          expect(delayMs).toBeLessThanOrEqual(boundedMs + Math.max(boundedMs, policy.capMs));
        },
      ),
    );
  });

  test('of 60 seconds is spread over a minute', () => {
    expect(retryAfterDelayMs(60_000, 1, 0, policy)).toBe(60_000);
    expect(retryAfterDelayMs(60_000, 1, 0.5, policy)).toBe(90_000);
  });
});

describe('Retry-After', () => {
  const nowMs = Date.UTC(2025, 0, 1, 12, 0, 0);

  test.each([
    ['0', 0],
    ['60', 60_000],
    [' 7 ', 7_000],
    ['Wed, 01 Jan 2025 12:00:30 GMT', 30_000],
    ['Wednesday, 01-Jan-25 12:00:30 GMT', 30_000],
    ['Wed Jan  1 12:00:30 2025', 30_000],
    ['Wed, 01 Jan 2025 11:00:00 GMT', 0],
  ])('%j is %i ms', (value, expected) => {
    expect(parseRetryAfter(value, nowMs)).toBe(expected);
  });

  test.each([
    undefined,
    '',
    'soon',
    '-5',
    '1.5',
    '1e3',
    '0x10',
    '2025-01-01',
    'Wed, 99 Foo 2025 12:00:30 GMT',
    '60, 70',
  ])('%j counts as none', (value) => {
    expect(parseRetryAfter(value, nowMs)).toBeUndefined();
  });

  test('never throws and never is negative, whatever a server sends', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(parseRetryAfter(value, nowMs) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('dates are UTC in all three forms', () => {
    const atMs = Date.UTC(1994, 10, 6, 8, 49, 37);
    expect(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(atMs);
    expect(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT')).toBe(atMs);
    expect(parseHttpDate('Sun Nov  6 08:49:37 1994')).toBe(atMs);
  });
});

test.each([
  [200, false],
  [301, false],
  [400, false],
  [401, false],
  [403, false],
  [404, false],
  [407, false],
  [408, true],
  [416, false],
  [425, true],
  [429, true],
  [500, true],
  [503, true],
  [599, true],
  [600, false],
])('status %i is tried again: %j', (status, expected) => {
  expect(isRetriableStatus(status)).toBe(expected);
});

describe('the next step', () => {
  const transient = { retriable: true, overloaded: false, retryAfterMs: undefined };
  const moment = { nowMs: 0, deadlineMs: 100_000, random: 0.5 };

  test('is to give up what repetition cannot mend', () => {
    expect(nextStep({ ...transient, retriable: false }, 1, moment, policy)).toEqual({
      kind: 'give-up',
      because: 'not-retriable',
    });
  });

  test.each([
    ['the deadline has passed', { ...moment, deadlineMs: 0 }, undefined],
    ['the server wants us back after it', moment, 100_000],
  ])('is to give up when %s', (_when, at, retryAfterMs) => {
    expect(nextStep({ ...transient, retryAfterMs }, 1, at, policy)).toEqual({
      kind: 'give-up',
      because: 'deadline',
    });
  });

  test('always lies before the deadline and after what the server asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300_000 }),
        fc.option(fc.integer({ min: 0, max: 300_000 }), { nil: undefined }),
        fc.integer({ min: 1, max: 60 }),
        random01,
        (deadlineMs, retryAfterMs, attempt, random) => {
          const step = nextStep(
            { ...transient, retryAfterMs },
            attempt,
            { nowMs: 0, deadlineMs, random },
            defaultBackoff,
          );
          if (step.kind === 'give-up') return;
          expect(step.delayMs).toBeLessThanOrEqual(deadlineMs);
          expect(step.delayMs).toBeGreaterThanOrEqual(
            Math.min(retryAfterMs ?? 0, defaultBackoff.retryAfterCapMs),
          );
        },
      ),
    );
  });
});
