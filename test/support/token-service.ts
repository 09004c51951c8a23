// A token service for registries: signs what its registry verifies (distribution specification, "token authentication").

import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Identity, selfSigned } from '../transport/certificates.ts';
import { type Mirror, serve } from './mirror.ts';

const service = 'registry.test';
const issuer = 'issuer.test';

export interface TokenService extends Mirror {
  /** Each token that it gave, in order. */
  readonly given: readonly string[];
  /** PEM of what its tokens are verified by. */
  readonly certificate: string;
  /** For the registry's configuration, once the certificate is in that file. */
  readonly authWith: (certificateFile: string) => object;
}

export interface Clients {
  /** `user:password` → may have a token. Undefined is who shows none. */
  readonly admits: (pair: string | undefined) => boolean;
  readonly refreshToken?: string;
  /** What it says of its tokens' life; the registry is told another. */
  readonly lifetimeS?: number;
  /** So many requests are refused before, for it has too much to do. */
  readonly busyFor?: number;
  /** Speaks TLS with it. */
  readonly identity?: Identity;
}

export async function startTokenService(clients: Clients): Promise<TokenService> {
  const { key, cert } = selfSigned();
  const given: string[] = [];
  let busyFor = clients.busyFor ?? 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    busyFor -= 1;
    if (busyFor >= 0) return void response.writeHead(429, { 'retry-after': '0' }).end();
    const scope = await scopeFor(request, clients);
    if (scope === undefined) return void response.writeHead(401).end();
    const token = signed(scope, key, cert, given.length);
    given.push(token);
    const name = request.method === 'POST' ? 'access_token' : 'token';
    response.end(JSON.stringify({ [name]: token, expires_in: clients.lifetimeS ?? 300 }));
  };
  const mirror = await serve((request, response) => void answer(request, response), clients.identity);
  const authWith = (rootcertbundle: string): object => ({
    token: { realm: `${mirror.url}/token`, service, issuer, rootcertbundle },
  });
  return { ...mirror, given, certificate: cert, authWith };
}

/** What may be done with the token that is asked for; undefined for who may not have one. */
async function scopeFor(
  request: IncomingMessage,
  { admits, refreshToken }: Clients,
): Promise<string | undefined> {
  const query = new URL(request.url ?? '/', 'http://here').searchParams;
  const form = new URLSearchParams(await text(request));
  const isExchange = request.method === 'POST';
  const admitted = isExchange
    ? refreshToken !== undefined && form.get('refresh_token') === refreshToken
    : admits(pairOf(request.headers.authorization));
  return admitted ? ((isExchange ? form : query).get('scope') ?? '') : undefined;
}

function pairOf(authorization: string | undefined): string | undefined {
  const coded = authorization?.replace(/^Basic /, '');
  return coded === undefined ? undefined : Buffer.from(coded, 'base64').toString();
}

function signed(scope: string, key: string, cert: string, number: number): string {
  const [type = '', name = '', actions = ''] = scope.split(':');
  const nowS = Math.floor(Date.now() / 1000);
  const head = { typ: 'JWT', alg: 'ES256', x5c: [new X509Certificate(cert).raw.toString('base64')] };
  const claims = {
    iss: issuer,
    sub: 'someone',
    aud: service,
    nbf: nowS - 60,
    iat: nowS - 60,
    exp: nowS + 300,
    jti: String(number),
    access: [{ type, name, actions: actions.split(',') }],
  };
  const words = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const message = words.join('.');
  const signature = sign('sha256', Buffer.from(message), {
    key: createPrivateKey(key),
    dsaEncoding: 'ieee-p1363',
  });
  return `${message}.${signature.toString('base64url')}`;
}
