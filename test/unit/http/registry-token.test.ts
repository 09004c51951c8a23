// Where a registry may send us for a token, and what of the answer is one: credentials go nowhere less safe than it is.

import { describe, expect, it } from 'vitest';
import { challengesIn } from '../../../src/http/registry/challenge.ts';
import { fetchToken, type TokenWish } from '../../../src/http/registry/token.ts';
import { createPatience, defaultDeadlines } from '../../../src/http/timeouts.ts';
import { type Answer, serve } from '../../support/mirror.ts';
import { failureOf } from '../../transport/harness.ts';

async function tokenFrom(realm: string, registry: string) {
  const [challenge] = challengesIn(`Bearer realm="${realm}",service="reg"`);
  if (challenge === undefined) throw new Error('no challenge');
  const wish: TokenWish = {
    challenge,
    repository: 'site/cni',
    credentials: { kind: 'password', user: 'u', password: 'p' },
    hint: 'see',
    nowMs: 0,
  };
  const patience = createPatience(defaultDeadlines, new AbortController().signal);
  const headers = { range: 'bytes=5-', 'user-agent': 'us' };
  const asking = {
    url: new URL(registry),
    what: 'it',
    headers,
    proxies: {},
    authorities: undefined,
    patience,
  };
  try {
    return await fetchToken(wish, asking);
  } finally {
    patience.stop();
  }
}

describe('a token', () => {
  it.each(['http://elsewhere.example/token', 'ftp://elsewhere.example', 'token', ''])(
    'is not asked for at %s by a registry with TLS',
    async (realm) => {
      const failure = await failureOf(tokenFrom(realm, 'https://reg.example/v2/'));

      expect(failure).toMatchObject({ code: 'registry-realm-refused' });
    },
  );

  it('is asked for with the service and for pulling only, beside what the realm has already', async () => {
    const seen: unknown[] = [];
    await using service = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers.range);
      response.end('{"access_token":"t"}');
    });

    const token = await tokenFrom(`${service.url}/token?a=b`, 'http://reg.example/v2/');

    expect(token).toEqual({ text: 't', lifetimeMs: 60_000 });
    expect(service.asked).toEqual(['/token?a=b&service=reg&scope=repository%3Asite%2Fcni%3Apull']);
    expect(seen).toEqual([`Basic ${btoa('u:p')}`, undefined]);
  });

  it.each<[what: string, answer: string]>([
    ['a login page', '<html>'],
    ['an object without one', '{}'],
    ['one that cannot stand in a header', '{"token":"a\\r\\nb"}'],
    ['a list', '[]'],
    ['more than any answer is', 'x'.repeat(300_000)],
  ])('is not found in %s', async (_what, body) => {
    const answer: Answer = (_request, response) => void response.end(body);
    await using service = await serve(answer);

    const failure = await failureOf(tokenFrom(service.url, 'http://reg.example/v2/'));

    expect(failure).toMatchObject({ code: 'registry-answer-unusable', retriable: false });
  });
});
