// Asks the API server of the cluster that this pod runs in: one request at a time, answers of a bounded size, no watch.

import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { textIn } from '../cluster/json-value.ts';
import { Failure } from '../failure/failure.ts';
import { recordOfText } from '../lib/record.ts';
import { expiryFault, networkFault } from '../http/fault.ts';
import { parseRetryAfter } from '../http/retry-policy.ts';
import { type HttpAnswer, sendRequest } from '../http/send-request.ts';
import { createPatience, type Deadlines, type Patience } from '../http/timeouts.ts';
import { ApiTrouble, troubleKindOf } from './api-trouble.ts';
import { readCredentials } from './credentials.ts';

export interface ApiServerSettings {
  /** `https://host:port`. */
  readonly address: string;
  /** Where the service account is mounted: `token` and `ca.crt`. */
  readonly credentialsDir: string;
  readonly userAgent: string;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly deadlines?: Deadlines;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** From `/api` on. */
  readonly path: string;
  /** With the media type that says how it is to be understood. */
  readonly content?: { readonly type: string; readonly value: unknown };
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export type JsonObject = Readonly<Record<string, unknown>>;

const standardDeadlines: Deadlines = { connectMs: 5_000, idleMs: 10_000, totalMs: 15_000 };

/** A Node with all its images is some dozens of KiB; more than this is nothing that was asked for. */
const largestObjectBytes = 4 * 1024 * 1024;

interface Exchanged {
  readonly head: HttpAnswer['head'];
  readonly body: Buffer;
}

export class ApiServer {
  readonly #settings: ApiServerSettings;

  constructor(settings: ApiServerSettings) {
    this.#settings = settings;
  }

  /** The object that was answered. @throws ApiTrouble, or the signal's reason */
  async ask(request: ApiRequest): Promise<JsonObject> {
    const { head, body } = await this.#exchange(request, largestObjectBytes);
    return this.#judge(head, body.toString('utf8'));
  }

  /** Whatever the answer is, as it came. @throws ApiTrouble where there is none, or one of more bytes; or the signal's reason */
  async read(path: string, mostBytes: number): Promise<ApiAnswer> {
    const { head, body } = await this.#exchange({ method: 'GET', path }, mostBytes);
    return { status: head.status, body };
  }

  async #exchange(request: ApiRequest, mostBytes: number): Promise<Exchanged> {
    const { signal, deadlines = standardDeadlines } = this.#settings;
    signal.throwIfAborted();
    const patience = createPatience(deadlines, signal);
    try {
      const { head, body } = await this.#send(request, patience);
      return { head, body: await wholeBody(body, patience, mostBytes) };
    } catch (error) {
      throw this.#explained(error, patience, deadlines);
    } finally {
      patience.stop();
    }
  }

  #send({ method, path, content }: ApiRequest, patience: Patience): Promise<HttpAnswer> {
    const { address, credentialsDir, userAgent } = this.#settings;
    const { token, authorities } = readCredentials(credentialsDir);
    return sendRequest({
      url: new URL(path, address),
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        'user-agent': userAgent,
        ...(content && { 'content-type': content.type }),
      },
      ...(content && { body: JSON.stringify(content.value) }),
      // The address is the cluster's own, which no proxy leads to.
      proxies: { https: undefined, http: undefined, noProxy: undefined },
      authorities,
      patience,
    });
  }

  #judge(head: HttpAnswer['head'], body: string): JsonObject {
    const object = recordOfText(body);
    if (head.status >= 200 && head.status < 300 && object !== undefined) return object;
    const reason = (object && textIn(object, 'message')) ?? 'without a word of why';
    throw new ApiTrouble(troubleKindOf(head.status), `HTTP ${head.status}, ${reason}`, {
      retryAfterMs: parseRetryAfter(head.header('retry-after'), this.#settings.now()),
    });
  }

  #explained(error: unknown, patience: Patience, deadlines: Deadlines): unknown {
    const { signal, now } = this.#settings;
    if (signal.aborted) return signal.reason;
    if (error instanceof ApiTrouble) return error;
    if (error instanceof Failure) return new ApiTrouble('no-token', error.message, { cause: error });
    const expired = patience.expired();
    const fault =
      expired === undefined ? networkFault(error, now()) : expiryFault(expired, deadlines[`${expired}Ms`]);
    return fault === undefined ? error : new ApiTrouble('unreachable', fault.found, { cause: error });
  }
}

async function wholeBody(body: Readable, patience: Patience, mostBytes: number): Promise<Buffer> {
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    patience.progressed();
    if (bytes > mostBytes)
      body.destroy(new ApiTrouble('too-large', `more than ${mostBytes} bytes of an answer`));
  });
  return buffer(body);
}
