// One attempt: ask for what is missing, judge the answer, store the bytes.

import type { Readable } from 'node:stream';
import { Failure } from '../failure/failure.ts';
import { megabytes } from '../lib/byte-size.ts';
import type { Log } from '../lib/log.ts';
import type { Authorities } from './authorities.ts';
import { drain } from './drain.ts';
import { AttemptFailure, type Fault, type Sought, expiryFault, networkFault, statusFault } from './fault.ts';
import { type PartialFile } from './partial/partial-file.ts';
import { type Deadlines, type Patience, createPatience } from './timeouts.ts';
import { type ProgressView, createProgressMeter } from './progress.ts';
import type { ProxySettings } from './proxy/which-proxy.ts';
import { type Access, ask } from './request.ts';
import {
  type Representation,
  type Resumption,
  type AnswerVerdict,
  judgeAnswer,
  resumptionHeaders,
} from './resume.ts';
import type { HttpAnswer } from './send-request.ts';
import { redactUrl } from './url.ts';

export interface Attempt extends Sought {
  readonly userAgent: string;
  /** Which media types will do; any where it is undefined. */
  readonly accept: string | undefined;
  readonly access: Access | undefined;
  readonly maxBytes: number;
  readonly proxies: ProxySettings;
  readonly authorities: Authorities | undefined;
  /** `totalMs` is what is left for this attempt. */
  readonly deadlines: Deadlines;
  readonly partial: PartialFile;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly progress: ProgressView;
  /** The bytes from before are given up. */
  readonly onStartOver: () => void;
}

/** Completes the partial file or rejects: with an AttemptFailure, a Failure of the disk, or the signal's reason. */
export async function attemptDownload(attempt: Attempt): Promise<void> {
  const patience = createPatience(attempt.deadlines, attempt.signal);
  try {
    const { answer, verdict } = await askForMissing(attempt, patience);
    await receive(attempt, patience, answer, verdict);
  } catch (error) {
    throw explained(error, attempt, patience);
  } finally {
    patience.stop();
  }
}

function explained(error: unknown, attempt: Attempt, patience: Patience): unknown {
  const { signal, deadlines } = attempt;
  if (signal.aborted) return signal.reason;
  const expired = patience.expired();
  if (expired !== undefined)
    return new AttemptFailure(attempt, expiryFault(expired, deadlines[`${expired}Ms`]));
  const fault = networkFault(error, attempt.now());
  return fault === undefined ? error : new AttemptFailure(attempt, fault);
}

type Usable = Extract<AnswerVerdict, { kind: 'whole' | 'rest' }>;

/** Asks for the rest where there is a beginning, and for the whole where the two do not fit. */
async function askForMissing(
  attempt: Attempt,
  patience: Patience,
): Promise<{ answer: HttpAnswer; verdict: Usable }> {
  const { partial, log, url } = attempt;
  const resumption = resumable(partial);
  const { answer, verdict } = await askAndJudge(attempt, patience, resumption);
  if (verdict.kind !== 'start-over') return { answer, verdict };
  answer.body.destroy();
  log.warn(`${redactUrl(url)}: cannot be continued, ${verdict.why}; starting over`);
  giveUpBytes(attempt);
  const second = await askAndJudge(attempt, patience, undefined);
  if (second.verdict.kind === 'start-over') throw new Error('there is nothing to start over from');
  return { answer: second.answer, verdict: second.verdict };
}

function resumable(partial: PartialFile): Resumption | undefined {
  const of = partial.representation;
  return of === undefined ? undefined : { from: partial.bytes, of };
}

async function askAndJudge(
  attempt: Attempt,
  patience: Patience,
  resumption: Resumption | undefined,
): Promise<{ answer: HttpAnswer; verdict: Exclude<AnswerVerdict, { kind: 'nothing' }> }> {
  const rangeHeaders = resumption && resumptionHeaders(resumption);
  const { url, what, proxies, authorities, access, accept = '*/*' } = attempt;
  const headers = { accept, 'user-agent': attempt.userAgent, ...rangeHeaders };
  const answer = await ask({ url, what, headers, proxies, authorities, access, patience });
  const verdict = judgeAnswer(answer.head, rangeHeaders && resumption);
  if (verdict.kind !== 'nothing') return { answer, verdict };
  answer.body.destroy();
  throw new AttemptFailure(attempt, faultBehind(attempt, answer));
}

function faultBehind({ access, now }: Attempt, { head }: HttpAnswer): Fault {
  const fault = statusFault(head, now());
  const closed = head.status === 401 || head.status === 403;
  return closed && access !== undefined ? { ...fault, hint: access.hint } : fault;
}

function giveUpBytes({ partial, onStartOver }: Attempt): void {
  partial.forget();
  onStartOver();
}

async function receive(
  attempt: Attempt,
  patience: Patience,
  answer: HttpAnswer,
  verdict: Usable,
): Promise<void> {
  const totalBytes = verdict.kind === 'whole' ? verdict.representation.totalBytes : verdict.totalBytes;
  try {
    assertBounded(attempt, totalBytes);
    noteEncoding(attempt, answer);
    await store(attempt, patience, answer.body, verdict);
  } catch (error) {
    if (error instanceof Failure) throw error;
    // Some servers reset the connection right after the last byte; then nothing is missing.
    if (attempt.partial.bytes !== totalBytes) throw brokenOff(attempt, totalBytes, error);
  } finally {
    answer.body.destroy();
  }
  assertComplete(attempt, totalBytes);
}

/** Apache labels a .tgz this way by its name alone, so the bytes are kept as they are and the digest decides. */
function noteEncoding({ log, url }: Attempt, { head }: HttpAnswer): void {
  const encoding = head.header('content-encoding') ?? 'identity';
  if (encoding === 'identity') return;
  log.warn(
    `${redactUrl(url)}: the answer is labelled as ${encoding} though no encoding was asked for; taken as it is`,
  );
}

async function store(attempt: Attempt, patience: Patience, body: Readable, verdict: Usable): Promise<void> {
  const { partial, progress, now } = attempt;
  if (verdict.kind === 'whole') beginAnew(attempt, verdict.representation);
  else attempt.log.info(`continuing ${redactUrl(attempt.url)} at ${megabytes(partial.bytes)}`);
  const show = createProgressMeter(partial.bytes, partial.representation?.totalBytes, progress, now);
  await drain(body, (chunk) => {
    assertBounded(attempt, partial.bytes + chunk.length);
    partial.append(chunk);
    patience.progressed();
    show(partial.bytes);
  });
}

function beginAnew(attempt: Attempt, representation: Representation): void {
  giveUpBytes(attempt);
  attempt.partial.startOver(representation);
}

function brokenOff(attempt: Attempt, totalBytes: number | undefined, error: unknown): unknown {
  const { partial, now } = attempt;
  const fault = networkFault(error, now());
  if (fault === undefined) return error;
  const of = totalBytes === undefined ? '' : ` of ${totalBytes}`;
  const found = `${fault.found} after ${partial.bytes}${of} bytes`;
  return new AttemptFailure(attempt, { ...fault, code: 'body-cut', found });
}

function assertBounded(attempt: Attempt, bytes: number | undefined): void {
  const { maxBytes } = attempt;
  if (bytes === undefined || bytes <= maxBytes) return;
  throw new AttemptFailure(attempt, {
    code: 'body-too-large',
    found: `at least ${bytes} bytes where ${maxBytes} are allowed`,
    retriable: false,
  });
}

function assertComplete(attempt: Attempt, totalBytes: number | undefined): void {
  const { partial } = attempt;
  if (partial.bytes === 0) {
    throw new AttemptFailure(attempt, { code: 'body-empty', found: 'an empty body', retriable: false });
  }
  if (totalBytes === undefined || partial.bytes === totalBytes) return;
  const found = `${partial.bytes} bytes of ${totalBytes}`;
  throw new AttemptFailure(attempt, { code: 'body-length', found, retriable: true });
}
