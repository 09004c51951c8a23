// What went wrong with one attempt, in words for people, and whether another attempt makes sense.

import type { CodeOf } from '../failure/codes.ts';
import { Failure } from '../failure/failure.ts';
import { DialError, ProxyRefusal } from './proxy/proxy-error.ts';
import type { Expiry } from './timeouts.ts';
import type { ResponseHead } from './resume.ts';
import {
  type FailedAttempt,
  isOverload,
  isRetriableStatus,
  parseHttpDate,
  parseRetryAfter,
} from './retry-policy.ts';
import { redactUrl } from './url.ts';
import { errnoOf } from '../lib/errno.ts';

/** What was asked for: its address, and what messages call it (`the archive`). */
export interface Sought {
  readonly url: URL;
  readonly what: string;
}

export interface Fault {
  readonly code: CodeOf<'acquisition'>;
  /** What was met instead; completes "wanted the archive, found …". */
  readonly found: string;
  readonly retriable: boolean;
  readonly hint?: string | undefined;
  readonly overloaded?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Why one attempt failed. A Failure by itself, so that a single attempt's reason needs no wrapping. */
export class AttemptFailure extends Failure implements FailedAttempt {
  readonly found: string;
  readonly retriable: boolean;
  readonly overloaded: boolean;
  readonly retryAfterMs: number | undefined;

  constructor({ url, what }: Sought, fault: Fault) {
    const message = `${redactUrl(url)}: wanted ${what}, found ${fault.found}`;
    super(fault.code, { message, hint: fault.hint, cause: fault.cause });
    this.found = fault.found;
    this.retriable = fault.retriable;
    this.overloaded = fault.overloaded ?? false;
    this.retryAfterMs = fault.retryAfterMs;
  }
}

/** The fault behind a status that does not bring what was asked for. */
export function statusFault(head: ResponseHead, nowMs: number): Fault {
  const retriable = isRetriableStatus(head.status);
  // The server's own clock, where it sends it, makes a date independent of ours.
  const serverNowMs = parseHttpDate(head.header('date') ?? '') ?? nowMs;
  return {
    code: statusCodes[head.status] ?? 'http-status',
    found: `HTTP ${head.status}${printableStatus(head.statusText)}`,
    retriable,
    overloaded: isOverload(head.status),
    retryAfterMs: retriable ? parseRetryAfter(head.header('retry-after'), serverNowMs) : undefined,
  };
}

const statusCodes: Readonly<Record<number, CodeOf<'acquisition'>>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  407: 'proxy-unauthorized',
  410: 'not-found',
  429: 'overloaded',
};

function printableStatus(statusText: string): string {
  const text = statusText.replace(/[^\x20-\x7e]/g, '').slice(0, 60);
  return text === '' ? '' : ` ${text}`;
}

/** The fault of a deadline that passed; `afterMs` is its length. */
export function expiryFault(expired: Expiry, afterMs: number): Fault {
  const seconds = `${Math.round(afterMs / 100) / 10} s`;
  switch (expired) {
    case 'connect':
      return { code: 'connect-timeout', found: `no connection within ${seconds}`, retriable: true };
    case 'idle':
      return { code: 'idle-timeout', found: `silence for ${seconds}`, retriable: true };
    case 'total':
      return {
        code: 'deadline',
        found: `not all of it within the ${seconds} that were left`,
        retriable: false,
      };
  }
}

/**
 * The fault behind an error of the network, TLS or a proxy. Undefined for anything else: that is a bug, and not ours to
 * rename.
 */
export function networkFault(error: unknown, nowMs: number): Fault | undefined {
  if (error instanceof Failure) return undefined;
  if (error instanceof ProxyRefusal) return refusalFault(error, nowMs);
  if (error instanceof DialError) {
    const fault = networkFault(error.cause, nowMs);
    return fault && { ...fault, found: `${fault.found} (at the proxy ${error.proxy})` };
  }
  const errno = errnoOf(error);
  if (errno === undefined || error instanceof TypeError || error instanceof RangeError) return undefined;
  const known = networkCases[errno];
  if (known !== undefined) return { ...known, found: `${known.found} (${errno})`, cause: error };
  return {
    code: 'network',
    found: `a network error (${errno})`,
    retriable: true,
    cause: error,
  };
}

function refusalFault({ proxy, status, statusText, retryAfter }: ProxyRefusal, nowMs: number): Fault {
  const retriable = isRetriableStatus(status);
  return {
    code: status === 407 ? 'proxy-unauthorized' : 'proxy-refused',
    found: `the proxy ${proxy} refusing the tunnel with ${status}${printableStatus(statusText)}`,
    retriable,
    overloaded: isOverload(status),
    retryAfterMs: retriable ? parseRetryAfter(retryAfter, nowMs) : undefined,
  };
}

function lasting(code: Fault['code'], found: string): Fault {
  return { code, found, retriable: false };
}

function passing(code: Fault['code'], found: string): Fault {
  return { code, found, retriable: true };
}

const unknownAuthority = lasting('tls-unknown-authority', 'a certificate of an unknown authority');
const notTls = lasting('tls-not-spoken', 'something other than TLS');
const brokenConnection = passing('reset', 'a connection that broke');

const networkCases: Readonly<Record<string, Fault>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: lasting('tls-self-signed', 'a self-signed certificate'),
  SELF_SIGNED_CERT_IN_CHAIN: lasting(
    'tls-unknown-authority',
    'a chain that ends in an unknown, self-signed authority',
  ),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_UNTRUSTED: unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: lasting('tls-name-mismatch', 'a certificate for another host name'),
  CERT_HAS_EXPIRED: lasting('tls-expired', 'an expired certificate'),
  CERT_NOT_YET_VALID: lasting('tls-expired', 'a certificate that is not valid yet'),
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ENOTFOUND: passing('dns', 'no such host name'),
  EAI_AGAIN: passing('dns', 'no answer from the name server'),
  ECONNREFUSED: passing('refused', 'a refused connection'),
  ECONNRESET: brokenConnection,
  EPIPE: brokenConnection,
  ERR_STREAM_PREMATURE_CLOSE: brokenConnection,
};
