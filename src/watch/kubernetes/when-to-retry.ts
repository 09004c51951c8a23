// How long to leave the API server alone after it did not do what it was asked. Pure.

import type { ApiTrouble } from '../../kubernetes/api-trouble.ts';
import { type BackoffPolicy, retryAfterDelayMs, retryDelayMs } from '../../http/retry-policy.ts';

const policy: BackoffPolicy = {
  baseMs: 1_000,
  capMs: 120_000,
  overloadHeadStart: 3,
  retryAfterCapMs: 600_000,
};

/** No sooner than this, whatever chance says. */
const leastMs = 1_000;
/** What takes somebody to change a role or a policy is asked for again this often. */
const untilSomebodyActsMs = 60_000;

/**
 * @param attempt 1 after the first failure
 * @param random uniform in [0, 1)
 */
export function apiRetryDelayMs(trouble: ApiTrouble, attempt: number, random: number): number {
  const { kind, retryAfterMs } = trouble;
  if (retryAfterMs !== undefined)
    return retryAfterDelayMs(Math.max(retryAfterMs, leastMs), attempt, random, policy);
  if (kind === 'forbidden' || kind === 'refused') return untilSomebodyActsMs * (1 + random);
  const headStart = kind === 'overloaded' ? policy.overloadHeadStart : 0;
  return leastMs + retryDelayMs(attempt + headStart, random, policy);
}
