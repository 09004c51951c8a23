// What a proxy can do wrong: not be there, or say no.

import { redactUrl } from '../url.ts';

/** The proxy could not be reached; `cause` says why. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly proxy: string;

  constructor(proxy: URL, cause: unknown) {
    super('the proxy could not be reached', { cause });
    this.proxy = redactUrl(proxy);
  }
}

/** EPROTO of errno(3), for what the package says of a proxy that answers something else than HTTP, or hangs up. */
export class NoProxyAnswer extends Error {
  override readonly name = 'NoProxyAnswer';
  readonly code = 'EPROTO';

  constructor(cause: unknown) {
    super('the proxy gave no answer that can be read', { cause });
  }
}

/** The head of a proxy's answer to CONNECT. */
export interface ProxyAnswer {
  /** NaN where it does not speak HTTP. */
  readonly statusCode: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The proxy answered CONNECT with something else than 200. That answer is the proxy's, never taken for the target's. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal';
  readonly proxy: string;
  readonly status: number;
  readonly statusText: string;
  readonly retryAfter: string | undefined;

  constructor(proxy: URL, answer: ProxyAnswer) {
    super('the proxy refused the tunnel');
    this.proxy = redactUrl(proxy);
    this.status = answer.statusCode;
    this.statusText = answer.statusText;
    const retryAfter = answer.headers['retry-after'];
    this.retryAfter = typeof retryAfter === 'string' ? retryAfter : undefined;
  }
}
