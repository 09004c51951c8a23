// A token to read one repository with, from the service that its registry names (distribution specification, "token").

import { recordOfText } from '../../lib/record.ts';
import { drain } from '../drain.ts';
import { AttemptFailure, type Sought, statusFault } from '../fault.ts';
import { type Asking, askAs } from '../request.ts';
import { type HttpAnswer, sendRequest } from '../send-request.ts';
import { redactUrl, withoutCredentials } from '../url.ts';
import type { Challenge } from './challenge.ts';
import type { RegistryCredentials } from './docker-config.ts';

export interface Token {
  readonly text: string;
  readonly lifetimeMs: number;
}

export interface TokenWish {
  readonly challenge: Challenge;
  readonly repository: string;
  /** Undefined for whoever asks. */
  readonly credentials: RegistryCredentials | undefined;
  readonly hint: string;
  readonly nowMs: number;
}

const maxAnswerBytes = 256 * 1024;

/** What the specification has where the service says nothing. */
const shortestLifetimeMs = 60_000;

const clientId = 'cni-plugins-installer';

/** @throws AttemptFailure for a service that may not be asked, refuses, or gives no token; or the network's error */
export async function fetchToken(wish: TokenWish, asking: Asking): Promise<Token> {
  const realm = realmOf(wish.challenge, asking);
  const sought = { url: realm, what: 'a token for the registry' };
  const answer = await askService(wish, { ...asking, ...sought, headers: plainHeaders(asking) });
  if (answer.head.status !== 200) {
    answer.body.destroy();
    const fault = statusFault(answer.head, wish.nowMs);
    throw new AttemptFailure(sought, { ...fault, hint: wish.hint });
  }
  return tokenIn(await textOf(answer, sought), sought);
}

/** The realm may be anywhere, but what goes there is as secret as what goes to the registry. */
function realmOf({ parameters }: Challenge, { url, what }: Asking): URL {
  const realm = URL.parse(parameters['realm'] ?? '');
  if (realm?.protocol === 'https:' || (realm?.protocol === 'http:' && url.protocol === 'http:'))
    return withoutCredentials(realm);
  const found = realm === null ? 'no usable address' : redactUrl(realm);
  throw new AttemptFailure(
    { url, what },
    {
      code: 'registry-realm-refused',
      found: `${found} as the place to get a token from, where https is needed`,
      retriable: false,
    },
  );
}

/** A Range or an Accept of the archive is not about the token. */
function plainHeaders({ headers }: Asking): Readonly<Record<string, string>> {
  return { accept: 'application/json', 'user-agent': headers['user-agent'] ?? '' };
}

function askService(wish: TokenWish, asking: Asking): Promise<HttpAnswer> {
  const { challenge, credentials, repository } = wish;
  const { service } = challenge.parameters;
  const words = { ...(service !== undefined && { service }), scope: `repository:${repository}:pull` };
  return credentials?.kind === 'identity-token'
    ? exchange(credentials.token, words, asking)
    : askAs(withQuery(asking, words), basicOf(credentials));
}

function withQuery(asking: Asking, words: Readonly<Record<string, string>>): Asking {
  const url = new URL(asking.url);
  for (const [name, value] of Object.entries(words)) url.searchParams.set(name, value);
  return { ...asking, url };
}

/** The value of the header for who has a password. */
export function basicOf(credentials: RegistryCredentials | undefined): string | undefined {
  if (credentials?.kind !== 'password') return undefined;
  const { user, password } = credentials;
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

/** In a body, for an address is written into logs on the way. No redirect is followed with it. */
function exchange(
  token: string,
  words: Readonly<Record<string, string>>,
  asking: Asking,
): Promise<HttpAnswer> {
  const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: token, ...words };
  return sendRequest({
    ...asking,
    method: 'POST',
    headers: { ...asking.headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
}

async function textOf({ body }: HttpAnswer, sought: Sought): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  await drain(body, (chunk) => {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw tokenless(sought, `more than ${maxAnswerBytes} bytes`);
    // The buffer itself is used again.
    chunks.push(Buffer.from(chunk));
  });
  return Buffer.concat(chunks).toString('utf8');
}

function tokenIn(text: string, sought: Sought): Token {
  const { token, access_token: accessToken, expires_in: seconds } = recordOfText(text) ?? {};
  const found = [token, accessToken].find((one) => typeof one === 'string' && /^[\x21-\x7e]+$/.test(one));
  if (typeof found !== 'string') throw tokenless(sought, 'an answer without one');
  const lifetimeMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : shortestLifetimeMs;
  return { text: found, lifetimeMs };
}

function tokenless(sought: Sought, found: string): AttemptFailure {
  return new AttemptFailure(sought, { code: 'registry-answer-unusable', found, retriable: false });
}
