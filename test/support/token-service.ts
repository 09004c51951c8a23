// A token service for registries: signs what its registry verifies (distribution specification, "token authentication").

import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { selfSigned } from '../transport/certificates.ts';
import { type Mirror, serve } from './mirror.ts';

const service = 'registry.test';
const issuer = 'issuer.test';

export interface TokenService extends Mirror {
  /** PEM of what its tokens are verified by. */
  readonly certificate: string;
  /** For the registry's configuration, once the certificate is in that file. */
  readonly authWith: (certificateFile: string) => object;
}

export interface Clients {
  /** `user:password` → may have a token. Undefined is who shows none. */
  readonly admits: (pair: string | undefined) => boolean;
  readonly refreshToken?: string;
  readonly lifetimeS?: number;
}

export async function startTokenService({ admits, refreshToken, lifetimeS }: Clients): Promise<TokenService> {
  const { key, cert } = selfSigned();
  const answer = async (request: IncomingMessage): Promise<string | undefined> => {
    const query = new URL(request.url ?? '/', 'http://here').searchParams;
    const form = new URLSearchParams(await text(request));
    const admitted =
      request.method === 'POST'
        ? refreshToken !== undefined && form.get('refresh_token') === refreshToken
        : admits(pairOf(request.headers.authorization));
    if (!admitted) return undefined;
    const token = signed((request.method === 'POST' ? form : query).get('scope') ?? '', key, cert);
    const name = request.method === 'POST' ? 'access_token' : 'token';
    return JSON.stringify({ [name]: token, expires_in: lifetimeS ?? 300 });
  };
  const mirror = await serve((request, response) => {
    void answer(request).then((body) => response.writeHead(body === undefined ? 401 : 200).end(body));
  });
  const authWith = (rootcertbundle: string): object => ({
    token: { realm: `${mirror.url}/token`, service, issuer, rootcertbundle },
  });
  return { ...mirror, certificate: cert, authWith };
}

function pairOf(authorization: string | undefined): string | undefined {
  const coded = authorization?.replace(/^Basic /, '');
  return coded === undefined ? undefined : Buffer.from(coded, 'base64').toString();
}

function signed(scope: string, key: string, cert: string): string {
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
    jti: String(nowS),
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
