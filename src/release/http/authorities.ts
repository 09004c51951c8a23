// The certificate authorities a TLS server is checked against.

import { X509Certificate } from 'node:crypto';
import { Failure } from '../../lib/failure.ts';

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * The operator's authorities in addition to those built in. Node ignores a PEM text without a certificate, and the
 * failure would then look like the server's, so that is a usage Failure.
 */
export async function authoritiesWith(caPem: string): Promise<readonly string[]> {
  const own = caPem.match(pemCertificate) ?? [];
  if (own.length === 0) throw invalid('it holds no certificate in PEM form', undefined);
  for (const certificate of own) assertReadable(certificate);
  return [...(await builtIn()), ...own];
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
    throw invalid('one of its certificates cannot be read', error);
  }
}

function invalid(why: string, cause: unknown): Failure {
  return new Failure('usage', {
    code: 'ca-file-invalid',
    message: `The extra certificate authorities are not usable: ${why}`,
    hint: 'Give --ca-file a PEM file with one or more "BEGIN CERTIFICATE" blocks.',
    cause,
  });
}
