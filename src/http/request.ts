// One GET: bounded redirects, credentials for their own host only, proxy and authorities per hop.

import type { Authorities } from './authorities.ts';
import { AttemptFailure, type Sought } from './fault.ts';
import type { ProxySettings } from './proxy/which-proxy.ts';
import { type HttpAnswer, sendRequest } from './send-request.ts';
import type { Patience } from './timeouts.ts';
import { basicCredentials, mayShareCredentials, redactUrl, withoutCredentials } from './url.ts';

export const maxRedirects = 5;

/** What is shown to a server that says what it wants to see, in the place of a user part in the URL. */
export interface Access {
  /** The header to begin with; undefined for none. */
  readonly shown: () => string | undefined;
  /** The header by what a 401 asks for; undefined where there is none but what was refused. */
  readonly answerTo: (challenge: string | undefined, asking: Asking) => Promise<string | undefined>;
  /** What the operator does where the server remains closed. */
  readonly hint: string;
}

export interface Asking extends Sought {
  /** May carry credentials. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly access?: Access | undefined;
  readonly proxies: ProxySettings;
  readonly authorities: Authorities | undefined;
  readonly patience: Patience;
}

/** The answer of whoever has what is asked for. A server that wants to be shown something is asked twice. */
export async function ask(asking: Asking): Promise<HttpAnswer> {
  const { access } = asking;
  if (access === undefined) return askAs(asking, basicCredentials(asking.url));
  const { answer, by } = await follow(asking, access.shown());
  // What stands where a redirect led to has nothing to ask of us.
  if (answer.head.status !== 401 || by.origin !== asking.url.origin) return answer;
  answer.body.destroy();
  const authorization = await access.answerTo(answer.head.header('www-authenticate'), asking);
  return authorization === undefined ? answer : askAs(asking, authorization);
}

/** The same with this header, for the URL's own host only. */
export async function askAs(asking: Asking, authorization: string | undefined): Promise<HttpAnswer> {
  return (await follow(asking, authorization)).answer;
}

/** Follows up to five redirects to the first answer that is none. Never goes from https to http. */
async function follow(
  asking: Asking,
  shown: string | undefined,
): Promise<{ readonly answer: HttpAnswer; readonly by: URL }> {
  let url = withoutCredentials(asking.url);
  let authorization = shown;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await askOnce(asking, url, authorization);
    if (!isRedirect(answer.head.status)) return { answer, by: url };
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
