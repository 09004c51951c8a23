// Ten thousand nodes start at once and need an archive from one registry: who is asked how often, and when. Virtual clock.
//
// What a node sends, and that a healthy one sends nothing, is seen of real ones by test/cli/registry.test.ts and its neighbour;
// when it comes back is decided by what `download` itself decides by.

import { expect, it } from 'vitest';
import { defaultBackoff, nextStep, parseRetryAfter } from '../../src/http/retry-policy.ts';
import { seededNumbers } from '../support/seeded.ts';

const nodes = 10_000;
const runMs = 3_600_000;

interface Nature {
  /** Archives that the registry begins to give in a second; whoever asks for more is refused with 429. */
  readonly perSecond: number;
  /** How long one takes to come. */
  readonly transferMs: number;
  readonly retryAfter: string;
  /** How long its tokens live; undefined where anybody may pull. */
  readonly tokenMs: number | undefined;
}

interface Asked {
  /** Requests that ended with 401: the first of each node, and of each token that has expired. */
  readonly challenges: number;
  /** Requests at the token service. */
  readonly tokens: number;
  readonly refused: number;
  /** Archives given. */
  readonly given: number;
  /** The most archives on their way at one moment. */
  readonly atOnce: number;
  /** The most requests for the archive in one second, those at the very start apart. */
  readonly peakPerSecond: number;
  readonly servedAfterMs: number;
  /** The shortest pause after a refusal. */
  readonly shortestPauseMs: number;
}

interface Node {
  readonly attempt: number;
  readonly tokenUntilMs: number;
}

/** All of them lack the plugins. */
function simulate(nature: Nature): Asked {
  const random = seededNumbers(1);
  const arrivals = new Map<number, Node[]>([
    [0, Array.from({ length: nodes }, () => ({ attempt: 1, tokenUntilMs: -1 }))],
  ]);
  let [challenges, tokens, refused, given, servedAfterMs] = [0, 0, 0, 0, 0];
  let [bucket, shortestPauseMs] = [nature.perSecond, Infinity];
  const begun: number[] = [];
  const bySecond: number[] = [];
  for (let nowMs = 0; nowMs < runMs && given < nodes; nowMs += 1) {
    bucket = Math.min(nature.perSecond, bucket + nature.perSecond / 1_000);
    for (const node of arrivals.get(nowMs) ?? []) {
      let { tokenUntilMs } = node;
      if (nature.tokenMs !== undefined && tokenUntilMs <= nowMs) {
        challenges += 1;
        tokens += 1;
        tokenUntilMs = nowMs + nature.tokenMs;
      }
      if (nowMs > 0) bySecond[Math.floor(nowMs / 1_000)] = (bySecond[Math.floor(nowMs / 1_000)] ?? 0) + 1;
      if (bucket >= 1) {
        bucket -= 1;
        given += 1;
        servedAfterMs = nowMs + nature.transferMs;
        begun.push(nowMs);
        continue;
      }
      refused += 1;
      const pauseMs = pauseAfter429(nature.retryAfter, node.attempt, nowMs, random());
      shortestPauseMs = Math.min(shortestPauseMs, pauseMs);
      const backMs = nowMs + Math.max(1, Math.round(pauseMs));
      const due = arrivals.get(backMs) ?? [];
      due.push({ attempt: node.attempt + 1, tokenUntilMs });
      arrivals.set(backMs, due);
    }
    arrivals.delete(nowMs);
  }
  const peakPerSecond = Math.max(0, ...Object.values(bySecond));
  const atOnce = mostAtOnce(begun, nature.transferMs);
  return { challenges, tokens, refused, given, atOnce, peakPerSecond, servedAfterMs, shortestPauseMs };
}

function pauseAfter429(retryAfter: string, attempt: number, nowMs: number, random: number): number {
  const failed = { retriable: true, overloaded: true, retryAfterMs: parseRetryAfter(retryAfter, nowMs) };
  const step = nextStep(failed, attempt, { nowMs, deadlineMs: Infinity, random }, defaultBackoff);
  if (step.kind === 'give-up') throw new Error('there is no deadline here');
  return step.delayMs;
}

/** @param begun in order */
function mostAtOnce(begun: readonly number[], lastsMs: number): number {
  let [most, oldest] = [0, 0];
  for (const [at, beganMs] of begun.entries()) {
    while ((begun[oldest] ?? beganMs) + lastsMs <= beganMs) oldest += 1;
    most = Math.max(most, at - oldest + 1);
  }
  return most;
}

function tell(what: string, asked: Asked): void {
  const { given, tokens, refused, peakPerSecond, atOnce, servedAfterMs } = asked;
  console.log(
    `registry, ${what}: ${given} archives, ${tokens} tokens, ${refused} refusals; at most ${peakPerSecond}/s after the start, ` +
      `${atOnce} archives at once; all served after ${Math.ceil(servedAfterMs / 1_000)} s`,
  );
}

/** The registry gives fifty archives a second, each in ten seconds, and tells the others to come back in half a minute. */
const registry = { perSecond: 50, transferMs: 10_000, retryAfter: '30', tokenMs: undefined } as const;

it('is not stormed by those it has told to come back: spread over twice the time, none of them early', () => {
  const asked = simulate(registry);
  tell('anybody may pull', asked);

  expect(asked).toMatchObject({ given: nodes, tokens: 0 });
  expect(asked.shortestPauseMs).toBeGreaterThanOrEqual(30_000);
  expect(asked.peakPerSecond * 20).toBeLessThan(nodes);
  expect(asked.atOnce).toBeLessThanOrEqual(registry.perSecond * (registry.transferMs / 1_000 + 1));
  // Twice what it would take a registry that is never idle.
  expect(asked.servedAfterMs).toBeLessThan((2 * 1_000 * nodes) / registry.perSecond);
});

it('costs one token a node, however often it refuses, as long as the token lives', () => {
  const asked = simulate({ ...registry, tokenMs: 3_600_000 });
  tell('tokens that live long', asked);

  expect(asked).toMatchObject({ given: nodes, challenges: nodes, tokens: nodes });
  expect(asked.refused).toBeGreaterThan(nodes);
});

it('that gives tokens of a minute is asked for another one only by who came back after it', () => {
  const asked = simulate({ ...registry, tokenMs: 60_000 });
  tell('tokens of a minute', asked);

  expect(asked.given).toBe(nodes);
  expect(asked.tokens).toBeGreaterThan(nodes);
  expect(asked.tokens).toBeLessThan(asked.refused);
});
