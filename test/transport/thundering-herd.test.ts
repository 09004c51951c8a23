// Ten thousand nodes start at once against one mirror: how hard our repetition hits it, against naive ones. Virtual clock.

import { describe, expect, test } from 'vitest';
import {
  type BackoffPolicy,
  defaultBackoff,
  nextStep,
  parseRetryAfter,
} from '../../src/http/retry-policy.ts';

const nodes = 10_000;
const capacityPerSecond = 100;
const runMs = 3_600_000;

/** The pause after a refused attempt; `retryAfter` is the header's value, if the mirror sends one. */
type Strategy = (attempt: number, retryAfter: string | undefined, nowMs: number) => number;

interface Load {
  /** The most repeated requests in one second; the first ones all come at once, whatever the strategy. */
  readonly peakPerSecond: number;
  readonly requests: number;
  /** When the last node was served, or undefined if some node never was. */
  readonly servedAfterMs: number | undefined;
}

/** A mirror that serves `capacityPerSecond`, with a bucket of one second's worth, and answers 503 to the rest. */
function simulate(strategy: Strategy, retryAfter?: string): Load {
  /** Attempt numbers by millisecond of arrival. */
  const arrivals = new Map([[0, Array.from({ length: nodes }, () => 1)]]);
  const repeatsPerSecond: number[] = [];
  let [tokens, requests, served, servedAfterMs] = [capacityPerSecond, 0, 0, 0];
  for (let nowMs = 0; nowMs < runMs && served < nodes; nowMs += 1) {
    tokens = Math.min(capacityPerSecond, tokens + capacityPerSecond / 1_000);
    for (const attempt of arrivals.get(nowMs) ?? []) {
      requests += 1;
      const second = Math.floor(nowMs / 1_000);
      if (attempt > 1) repeatsPerSecond[second] = (repeatsPerSecond[second] ?? 0) + 1;
      if (tokens >= 1) {
        tokens -= 1;
        served += 1;
        servedAfterMs = nowMs;
      } else {
        const backMs = nowMs + Math.max(1, Math.round(strategy(attempt, retryAfter, nowMs)));
        const due = arrivals.get(backMs);
        if (due === undefined) arrivals.set(backMs, [attempt + 1]);
        else due.push(attempt + 1);
      }
    }
    arrivals.delete(nowMs);
  }
  const peakPerSecond = Math.max(...Object.values(repeatsPerSecond));
  return { peakPerSecond, requests, servedAfterMs: served === nodes ? servedAfterMs : undefined };
}

/** The functions that `download` itself uses. */
function ours(policy: BackoffPolicy = defaultBackoff): Strategy {
  const random = seeded();
  return (attempt, retryAfter, nowMs) => {
    const failed = { retriable: true, overloaded: true, retryAfterMs: parseRetryAfter(retryAfter, nowMs) };
    const step = nextStep(failed, attempt, { nowMs, deadlineMs: Infinity, random: random() }, policy);
    if (step.kind === 'give-up') throw new Error('there is no deadline here');
    return step.delayMs;
  };
}

const told = (retryAfter: string | undefined, nowMs: number): number =>
  parseRetryAfter(retryAfter, nowMs) ?? 0;

const naiveFixed: Strategy = (_attempt, retryAfter, nowMs) => Math.max(5_000, told(retryAfter, nowMs));
const naiveExponential: Strategy = (attempt, retryAfter, nowMs) =>
  Math.max(Math.min(30_000, 1_000 * 2 ** (attempt - 1)), told(retryAfter, nowMs));

/** mulberry32: the same herd in every run. */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function figures(what: string, loads: Readonly<Record<string, Load>>): string {
  const each = Object.entries(loads).map(([name, { peakPerSecond, requests, servedAfterMs }]) => {
    const end =
      servedAfterMs === undefined ? 'not all within the hour' : `${Math.ceil(servedAfterMs / 1_000)} s`;
    return `${name} ${peakPerSecond}/s (${requests} requests, all served: ${end})`;
  });
  return `thundering herd, ${nodes} nodes, mirror of ${capacityPerSecond}/s, ${what}: peak ${each.join('; ')}`;
}

describe('ten thousand nodes against one mirror', () => {
  test('do not come back together when they were told to come back in 60 seconds', () => {
    const loads = {
      ours: simulate(ours(), '60'),
      fixed: simulate(naiveFixed, '60'),
      exponential: simulate(naiveExponential, '60'),
    };
    console.log(figures('Retry-After: 60', loads));

    expect(loads.ours.peakPerSecond * 20).toBeLessThan(loads.fixed.peakPerSecond);
    expect(loads.ours.peakPerSecond * 20).toBeLessThan(loads.exponential.peakPerSecond);
    expect(loads.ours.requests * 10).toBeLessThan(loads.fixed.requests);
    expect(loads.ours.servedAfterMs).toBeLessThan(300_000);
  });

  test('spread themselves when they were told nothing', () => {
    const loads = {
      ours: simulate(ours()),
      fixed: simulate(naiveFixed),
      exponential: simulate(naiveExponential),
    };
    console.log(figures('no Retry-After', loads));

    expect(loads.ours.peakPerSecond * 5).toBeLessThan(loads.fixed.peakPerSecond);
    expect(loads.ours.peakPerSecond * 5).toBeLessThan(loads.exponential.peakPerSecond);
    expect(loads.ours.requests * 5).toBeLessThan(loads.fixed.requests);
    expect(loads.ours.servedAfterMs).toBeLessThan(300_000);
  });
});
