// What went wrong with one attempt, in words for people, and whether another attempt makes sense.

import { Failure } from '../failure/failure.ts';
import { DialError, ProxyRefusal } from './connection.ts';
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

export interface Fault {
  readonly code: string;
  /** What was met instead of the archive; completes "wanted the archive, found …". */
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

  constructor(url: URL, fault: Fault) {
    const message = `${redactUrl(url)}: wanted the archive, found ${fault.found}`;
    super('acquisition', { code: fault.code, message, hint: fault.hint, cause: fault.cause });
    this.found = fault.found;
    this.retriable = fault.retriable;
    this.overloaded = fault.overloaded ?? false;
    this.retryAfterMs = fault.retryAfterMs;
  }
}

/** The fault behind a status that brings no archive. */
export function statusFault(head: ResponseHead, nowMs: number): Fault {
  const retriable = isRetriableStatus(head.status);
  // The server's own clock, where it sends it, makes a date independent of ours.
  const serverNowMs = parseHttpDate(head.header('date') ?? '') ?? nowMs;
  return {
    ...(statusCases[head.status] ?? { code: 'http-status', hint: undefined }),
    found: `HTTP ${head.status}${printable(head.statusText)}`,
    retriable,
    overloaded: isOverload(head.status),
    retryAfterMs: retriable ? parseRetryAfter(head.header('retry-after'), serverNowMs) : undefined,
  };
}

const credentialsHint = 'Check the credentials in the URL of --mirror, and whether they may read this path.';
const absentHint =
  'Check the version and the base URL of --mirror: <base>/<version>/<file> must exist there.';

const statusCases: Readonly<Record<number, { readonly code: string; readonly hint: string }>> = {
  401: { code: 'unauthorized', hint: credentialsHint },
  403: { code: 'forbidden', hint: credentialsHint },
  404: { code: 'not-found', hint: absentHint },
  407: { code: 'proxy-unauthorized', hint: 'Check the user and password in HTTP_PROXY or HTTPS_PROXY.' },
  410: { code: 'not-found', hint: absentHint },
  429: {
    code: 'overloaded',
    hint: 'The server limits requests; an internal mirror (--mirror) takes the load off it.',
  },
};

function printable(statusText: string): string {
  const text = statusText.replace(/[^\x20-\x7e]/g, '').slice(0, 60);
  return text === '' ? '' : ` ${text}`;
}

/** The fault of a deadline that passed; `afterMs` is its length. */
export function expiryFault(expired: Expiry, afterMs: number): Fault {
  const seconds = `${Math.round(afterMs / 100) / 10} s`;
  switch (expired) {
    case 'connect':
      return {
        code: 'connect-timeout',
        found: `no connection within ${seconds}`,
        retriable: true,
        hint: routeHint,
      };
    case 'idle':
      return { code: 'idle-timeout', found: `silence for ${seconds}`, retriable: true, hint: routeHint };
    case 'total':
      return {
        code: 'deadline',
        found: `no complete archive within the ${seconds} that were left`,
        retriable: false,
        hint: 'Allow more with --timeout; what has arrived is kept and continued at the next start.',
      };
  }
}

const routeHint = "Check the node's route to it: firewall, HTTPS_PROXY and NO_PROXY.";

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
    hint: routeHint,
    cause: error,
  };
}

function refusalFault({ proxy, status, statusText, retryAfter }: ProxyRefusal, nowMs: number): Fault {
  const retriable = isRetriableStatus(status);
  return {
    code: status === 407 ? 'proxy-unauthorized' : 'proxy-refused',
    found: `the proxy ${proxy} refusing the tunnel with ${status}${printable(statusText)}`,
    retriable,
    overloaded: isOverload(status),
    retryAfterMs: retriable ? parseRetryAfter(retryAfter, nowMs) : undefined,
    hint: statusCases[status]?.hint ?? "Check the proxy's rules, or name the host in NO_PROXY.",
  };
}

const unknownAuthority = {
  code: 'tls-unknown-authority',
  found: 'a certificate of an unknown authority',
  retriable: false,
  hint: 'If the authority is your own (internal mirror, inspecting proxy), give its certificate with --ca-file.',
};
const selfSigned = {
  ...unknownAuthority,
  code: 'tls-self-signed',
  found: 'a self-signed certificate',
};
const clockHint = "Check the node's clock first, then renew the server's certificate.";
const nameHint =
  "Check that the host's name resolves to the right address; an unreachable cluster DNS is usual at a reboot.";

const networkCases: Readonly<Record<string, Fault>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: {
    ...unknownAuthority,
    found: 'a chain that ends in an unknown, self-signed authority',
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_UNTRUSTED: unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'tls-name-mismatch',
    found: 'a certificate for another host name',
    retriable: false,
    hint: "Use the name that the certificate has, or correct the server's certificate.",
  },
  CERT_HAS_EXPIRED: {
    code: 'tls-expired',
    found: 'an expired certificate',
    retriable: false,
    hint: clockHint,
  },
  CERT_NOT_YET_VALID: {
    code: 'tls-expired',
    found: 'a certificate that is not valid yet',
    retriable: false,
    hint: clockHint,
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    code: 'tls-not-spoken',
    found: 'something other than TLS',
    retriable: false,
    hint: 'Check scheme and port: https towards a port that speaks plain http gives this.',
  },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: {
    code: 'tls-not-spoken',
    found: 'something other than TLS',
    retriable: false,
    hint: 'Check scheme and port: https towards a port that speaks plain http gives this.',
  },
  ENOTFOUND: { code: 'dns', found: 'no such host name', retriable: true, hint: nameHint },
  EAI_AGAIN: { code: 'dns', found: 'no answer from the name server', retriable: true, hint: nameHint },
  ECONNREFUSED: { code: 'refused', found: 'a refused connection', retriable: true, hint: routeHint },
  ECONNRESET: { code: 'reset', found: 'a connection that broke', retriable: true, hint: routeHint },
  EPIPE: { code: 'reset', found: 'a connection that broke', retriable: true, hint: routeHint },
  ERR_STREAM_PREMATURE_CLOSE: {
    code: 'reset',
    found: 'a connection that broke',
    retriable: true,
    hint: routeHint,
  },
};
