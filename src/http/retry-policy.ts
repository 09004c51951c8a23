// When to ask again: which failures, how long to wait, and when waiting is of no use.

export interface BackoffPolicy {
  readonly baseMs: number;
  /** Upper end of the widest window of our own choosing. */
  readonly capMs: number;
  /** How many attempts further an overloaded server is thought to be: each doubles the window. */
  readonly overloadHeadStart: number;
  /** What is waited for a `Retry-After` at most, jitter not counted. */
  readonly retryAfterCapMs: number;
}

export const defaultBackoff: BackoffPolicy = {
  baseMs: 1_000,
  capMs: 30_000,
  overloadHeadStart: 2,
  retryAfterCapMs: 120_000,
};

/** 408 and 425 ask for a repetition, 429 and 5xx are about the moment; every other status is about the request. */
export function isRetriableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status <= 599);
}

/** The server itself says that it has too much to do. */
export function isOverload(status: number): boolean {
  return status === 429 || status === 503;
}

/**
 * Full jitter: uniform in [0, min(cap, base * 2^attempt)), where `random` is in [0, 1) and attempt 1 has just failed.
 * The cap bounds the window, not the drawn delay: capping the delay would make all nodes wait exactly the cap.
 */
export function retryDelayMs(attempt: number, random: number, policy: BackoffPolicy): number {
  return random * backoffWindowMs(attempt, policy);
}

function backoffWindowMs(attempt: number, policy: BackoffPolicy): number {
  return Math.min(policy.capMs, policy.baseMs * 2 ** attempt);
}

/**
 * The delay for a server that said when to come back: never earlier than told (within the bound), and spread over as long
 * again, for ten thousand nodes that were all told "60" must not come back in the same second.
 */
export function retryAfterDelayMs(
  toldMs: number,
  attempt: number,
  random: number,
  policy: BackoffPolicy,
): number {
  const boundedMs = Math.min(toldMs, policy.retryAfterCapMs);
  return boundedMs + random * Math.max(boundedMs, backoffWindowMs(attempt, policy));
}

/** Delay in ms of a `Retry-After` value (RFC 9110, 10.2.3), seconds or date; 0 for a past date, undefined for garbage. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const atMs = parseHttpDate(text);
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}

const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const rfc850Date = /^[A-Z][a-z]+, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const asctimeDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Milliseconds since the epoch of an HTTP-date in any of its three forms (RFC 9110, 5.6.7), undefined for anything else. */
export function parseHttpDate(text: string): number | undefined {
  // Date.parse alone takes "1" for a date, and asctime for local time.
  if (asctimeDate.test(text)) return numberOrUndefined(Date.parse(`${text} GMT`));
  if (imfFixdate.test(text) || rfc850Date.test(text)) return numberOrUndefined(Date.parse(text));
  return undefined;
}

function numberOrUndefined(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

export interface Moment {
  readonly nowMs: number;
  /** When the whole download must be over. */
  readonly deadlineMs: number;
  /** In [0, 1). */
  readonly random: number;
}

export type NextStep =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'give-up'; readonly because: 'not-retriable' | 'deadline' };

/** What the decision needs to know of a failed attempt. */
export interface FailedAttempt {
  readonly retriable: boolean;
  readonly overloaded: boolean;
  readonly retryAfterMs: number | undefined;
}

/** What to do after attempt number `attempt` failed; who may not come back before the deadline does not wait for it. */
export function nextStep(
  failed: FailedAttempt,
  attempt: number,
  moment: Moment,
  policy: BackoffPolicy,
): NextStep {
  if (!failed.retriable) return { kind: 'give-up', because: 'not-retriable' };
  const remainingMs = moment.deadlineMs - moment.nowMs;
  const earliestMs = Math.min(failed.retryAfterMs ?? 0, policy.retryAfterCapMs);
  if (earliestMs >= remainingMs) return { kind: 'give-up', because: 'deadline' };
  const delayMs = delayAfter(failed, attempt, moment.random, policy);
  if (delayMs < remainingMs) return { kind: 'retry', delayMs };
  return { kind: 'retry', delayMs: earliestMs + moment.random * (remainingMs - earliestMs) };
}

function delayAfter(failed: FailedAttempt, attempt: number, random: number, policy: BackoffPolicy): number {
  if (failed.retryAfterMs !== undefined) {
    return retryAfterDelayMs(failed.retryAfterMs, attempt, random, policy);
  }
  return retryDelayMs(attempt + (failed.overloaded ? policy.overloadHeadStart : 0), random, policy);
}
