// Downloads one URL into a file: repeated, resumed, bounded and hashed. Verifying the digest is the caller's.

import pRetry from 'p-retry';
import { Failure } from '../failure/failure.ts';
import type { RunEffects } from '../lib/effects.ts';
import type { Log } from '../lib/log.ts';
import { type Attempt, attemptDownload } from './attempt.ts';
import { authoritiesWith } from './authorities.ts';
import { AttemptFailure, type Sought } from './fault.ts';
import { PartialFile, discardPartial } from './partial/partial-file.ts';
import { type Deadlines, defaultDeadlines } from './timeouts.ts';
import type { ProgressView } from './progress.ts';
import { type ProxySettings, proxyFor } from './proxy/which-proxy.ts';
import type { Access } from './request.ts';
import { type BackoffPolicy, type NextStep, defaultBackoff, nextStep } from './retry-policy.ts';
import { redactUrl } from './url.ts';
import type { DigestAlgorithm } from '../lib/files/digest.ts';

/** Here too, so that who loads this file only when it downloads loads one. */
export { discardPartial } from './partial/partial-file.ts';

export interface DownloadRequest extends Sought {
  /** http or https; a user part is sent as Basic to that host only. */
  readonly url: URL;
  /** Where the bytes go; `<partialPath>.json` beside it says what they are part of, so that a later run continues. */
  readonly partialPath: string;
  /** Further attempts after the first. */
  readonly retries: number;
  readonly maxBytes: number;
  /** Certificate authorities in addition to the built-in ones. */
  readonly caPem?: string | undefined;
  readonly proxies: ProxySettings;
  readonly userAgent: string;
  /** Which media types will do; any unless told. */
  readonly accept?: string | undefined;
  /** Instead of a user part in the URL. */
  readonly access?: Access | undefined;
  readonly timing?: Partial<Deadlines> | undefined;
  readonly backoff?: BackoffPolicy | undefined;
  /** Digests to compute besides SHA-256. */
  readonly algorithms?: readonly DigestAlgorithm[] | undefined;
}

export interface DownloadEffects extends RunEffects {
  /** Without it: a log line every five seconds. */
  readonly progress?: ProgressView | undefined;
}

export interface Downloaded {
  readonly bytes: number;
  /** What its server calls it. */
  readonly contentType: string | undefined;
  /** How many of the bytes were there before this call. */
  readonly resumedFrom: number;
  readonly sha256: string;
  readonly sha512: string | undefined;
}

/**
 * Completes `partialPath` and returns its digests; leaves file and sidecar for the caller to use and to discard.
 * Rejects with a Failure (`acquisition`; `node` where the disk refused; `usage` for an unusable proxy or CA), whose cause
 * lists every attempt, or with the signal's reason. What has arrived is kept then, and continued by the next call.
 */
export async function download(request: DownloadRequest, effects: DownloadEffects): Promise<Downloaded> {
  assertFetchable(request);
  const authorities = request.caPem === undefined ? undefined : authoritiesWith(request.caPem);
  const algorithms = [...new Set<DigestAlgorithm>(['sha256', ...(request.algorithms ?? [])])];
  const { url, partialPath: path } = request;
  const partial = await PartialFile.open({ path, url, algorithms }, effects.signal);
  try {
    const resumedFrom = await repeated(request, effects, { partial, authorities });
    const { sha256, sha512 } = partial.digests();
    if (sha256 === undefined) throw new Error('SHA-256 was not computed');
    const contentType = partial.representation?.contentType;
    return { bytes: partial.bytes, contentType, resumedFrom, sha256, sha512 };
  } catch (error) {
    // What is refused for its size must not be waiting for the next run.
    if (error instanceof Failure && error.code === 'body-too-large') discardPartial(path);
    throw error;
  } finally {
    partial.close();
  }
}

/** An unusable proxy value shows before anything is sent. */
function assertFetchable({ url, proxies }: DownloadRequest): void {
  if (url.protocol === 'http:' || url.protocol === 'https:') return void proxyFor(url, proxies);
  throw new Failure('url-scheme', {
    message: `${redactUrl(url)}: wanted an http or https URL, found ${url.protocol}//`,
  });
}

/** How many of the bytes were there before. */
async function repeated(
  request: DownloadRequest,
  effects: DownloadEffects,
  held: Pick<Attempt, 'partial' | 'authorities'>,
): Promise<number> {
  const deadlines = { ...defaultDeadlines, ...request.timing };
  const deadlineMs = effects.now() + deadlines.totalMs;
  let resumedFrom = held.partial.bytes;
  const history: AttemptFailure[] = [];
  let last: NextStep | undefined;
  try {
    const attemptOnce = (): Promise<void> =>
      attemptDownload({
        ...held,
        ...connectionFacts(request, effects),
        deadlines: { ...deadlines, totalMs: Math.max(0, deadlineMs - effects.now()) },
        onStartOver: () => (resumedFrom = 0),
      });
    await pRetry(attemptOnce, {
      retries: request.retries,
      signal: effects.signal,
      // Its own delay is off: it caps after its jitter, so at the cap all nodes would wait the same.
      minTimeout: 0,
      onFailedAttempt: ({ error }) => remember(error, history, effects.log),
      shouldRetry: ({ error, attemptNumber }) => {
        const moment = { nowMs: effects.now(), deadlineMs, random: effects.random() };
        last = stepAfter(error, attemptNumber, moment, request.backoff ?? defaultBackoff);
        return waitedFor(last, effects);
      },
    });
    return resumedFrom;
  } catch (error) {
    effects.signal.throwIfAborted();
    throw concluded(error, request, history, last);
  }
}

function connectionFacts(request: DownloadRequest, effects: DownloadEffects) {
  const { url, what, userAgent, accept, access, proxies, maxBytes } = request;
  const { log, signal, now } = effects;
  const progress = effects.progress ?? { everyMs: 5_000, show: (line: string) => log.info(line) };
  return { url, what, userAgent, accept, access, proxies, maxBytes, log, signal, now, progress };
}

function remember(error: Error, history: AttemptFailure[], log: Log): void {
  if (!(error instanceof AttemptFailure)) return;
  history.push(error);
  log.warn(error.message, { attempt: history.length, code: error.code });
}

function stepAfter(
  error: Error,
  attempt: number,
  moment: Parameters<typeof nextStep>[2],
  policy: BackoffPolicy,
): NextStep {
  if (!(error instanceof AttemptFailure)) return { kind: 'give-up', because: 'not-retriable' };
  return nextStep(error, attempt, moment, policy);
}

/** Whether there is a next attempt, once its time has come. */
async function waitedFor(step: NextStep, { log, signal, sleep }: DownloadEffects): Promise<boolean> {
  if (step.kind === 'give-up') return false;
  log.info(`trying again in ${(step.delayMs / 1_000).toFixed(1)} s`);
  await sleep(step.delayMs, signal);
  return true;
}

/** One attempt's failure speaks for itself; several are told with their number, and all kept as the cause. */
function concluded(
  error: unknown,
  { url, what }: DownloadRequest,
  history: readonly AttemptFailure[],
  last: NextStep | undefined,
): unknown {
  if (!(error instanceof AttemptFailure)) return error;
  const late = last?.kind === 'give-up' && last.because === 'deadline';
  if (history.length === 1 && !late) return error;
  const attempts = history.length === 1 ? '1 attempt' : `${history.length} attempts`;
  const why = late ? '; the next one would come after the deadline' : '';
  return new Failure(error.code, {
    message: `${redactUrl(url)}: wanted ${what}, gave up after ${attempts}, the last one found ${error.found}${why}`,
    hint: error.hint,
    cause: new AggregateError(history, 'every attempt failed'),
  });
}
