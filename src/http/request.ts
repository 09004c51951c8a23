// One GET: bounded redirects, credentials for their own host only, proxy and authorities per hop.

import type { Authorities } from './authorities.ts';
import { AttemptFailure, type Sought } from './fault.ts';
import type { ProxySettings } from './proxy/which-proxy.ts';
import { type HttpAnswer, sendRequest } from './send-request.ts';
import type { Patience } from './timeouts.ts';
import { basicCredentials, mayShareCredentials, redactUrl, withoutCredentials } from './url.ts';

export const maxRedirects = 5;

export interface Asking extends Sought {
  /** May carry credentials. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly proxies: ProxySettings;
  readonly authorities: Authorities | undefined;
  readonly patience: Patience;
}

/** Follows up to five redirects and returns the first answer that is none. Never goes from https to http. */
export async function ask(asking: Asking): Promise<HttpAnswer> {
  let url = withoutCredentials(asking.url);
  let authorization = basicCredentials(asking.url);
  for (let redirects = 0; ; redirects += 1) {
    const answer = await askOnce(asking, url, authorization);
    if (!isRedirect(answer.head.status)) return answer;
    answer.body.destroy();
    if (redirects === maxRedirects) throw redirectFailure(asking, `more than ${maxRedirects} redirects`);
    const next = redirectTarget(asking, url, answer.head.header('location'));
    // Once dropped they stay dropped, even if a later redirect leads back.
    if (!mayShareCredentials(url, next)) authorization = undefined;
    url = next;
  }
}

/** 300 and 304 name no place to go on to, so they are no redirects here. */
function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function redirectTarget(asked: Sought, from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw redirectFailure(asked, 'a redirect without a usable Location');
  }
  // A user part in Location would be the server's choice of credentials, not the operator's.
  const target = withoutCredentials(new URL(location, from));
  if (target.protocol !== 'https:' && (target.protocol !== 'http:' || from.protocol === 'https:')) {
    throw redirectFailure(
      asked,
      `a redirect from ${from.protocol}// to ${redactUrl(target)}, which is refused`,
    );
  }
  return target;
}

function redirectFailure(asked: Sought, found: string): AttemptFailure {
  return new AttemptFailure(asked, { code: 'redirect-refused', found, retriable: false });
}

function askOnce(asking: Asking, url: URL, authorization: string | undefined): Promise<HttpAnswer> {
  const headers = { ...asking.headers, ...(authorization === undefined ? {} : { authorization }) };
  return sendRequest({ ...asking, url, headers });
}
