// The certificate authorities a TLS server is checked against.

import { X509Certificate } from 'node:crypto';
import { Failure } from '../failure/failure.ts';
import { errnoOf } from '../lib/errno.ts';

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** PEM certificates. */
export interface Authorities {
  /** The operator's own. */
  readonly own: readonly string[];
  /** Those and the built-in ones: for a connection some 150 to parse, 30 ms of CPU and 3 MiB. */
  readonly all: () => Promise<readonly string[]>;
}

/**
 * The operator's authorities in addition to those built in. Node ignores a PEM text without a certificate, and the
 * failure would then look like the server's, so that is a usage Failure.
 */
export function authoritiesWith(caPem: string): Authorities {
  const own = caPem.match(pemCertificate) ?? [];
  if (own.length === 0) throw invalidAuthorities('it holds no certificate in PEM form', undefined);
  for (const certificate of own) assertReadable(certificate);
  return { own, all: async () => [...(await builtIn()), ...own] };
}

/** What a server's certificate is refused for that more authorities may cure (OpenSSL, verify(1)). */
const distrustCodes = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_UNTRUSTED',
  'CERT_HAS_EXPIRED',
]);

/**
 * Whoever names an authority of his own has a mirror, or a proxy, that it vouches for: so it alone is tried first, and
 * only a server that it does not vouch for is connected to again with the built-in ones beside it.
 * @param dial makes a connection that trusts just these authorities; undefined for Node's own
 */
export async function trusting<Connection>(
  authorities: Authorities | undefined,
  dial: (trusted: readonly string[] | undefined) => Promise<Connection>,
): Promise<Connection> {
  if (authorities === undefined) return dial(undefined);
  try {
    return await dial(authorities.own);
  } catch (error) {
    if (!distrustCodes.has(errnoOf(error) ?? '')) throw error;
    return dial(await authorities.all());
  }
}

/** The default set also has NODE_EXTRA_CA_CERTS, but Node before 22.15 can't list it. */
async function builtIn(): Promise<readonly string[]> {
  const { default: tls } = await import('node:tls');
  return typeof tls.getCACertificates === 'function'
    ? tls.getCACertificates('default')
    : tls.rootCertificates;
}

function assertReadable(pem: string): void {
  try {
    // oxlint-disable-next-line no-new -- parsing is the check
    new X509Certificate(pem);
  } catch (error) {
    throw invalidAuthorities('one of its certificates cannot be read', error);
  }
}

function invalidAuthorities(why: string, cause: unknown): Failure {
  return new Failure('ca-file-invalid', {
    message: `the extra certificate authorities are not usable: ${why}`,
    cause,
  });
}
