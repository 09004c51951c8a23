// Certificates for local TLS servers, made by openssl when a test needs them.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** PEM of the authority itself. */
  readonly pem: string;
  /** A server certificate for 127.0.0.1, unless told otherwise. */
  readonly issue: (wish?: { readonly names?: string; readonly days?: number }) => Identity;
  readonly remove: () => void;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority that no machine trusts. */
export function createAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'authority-'));
  const file = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: directory });
  };
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test',
  );
  return {
    pem: read('ca.pem'),
    issue: ({ names = 'DNS:localhost,IP:127.0.0.1', days = 2 } = {}) => {
      openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server');
      writeFileSync(file('names'), `subjectAltName=${names}\n`);
      const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
      openssl('x509', '-req', '-in', 'server.csr', ...signing, '-days', String(days), '-out', 'server.pem');
      return { key: read('server.key'), cert: read('server.pem') };
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A certificate that vouches for itself. */
export function selfSigned(): Identity {
  const directory = mkdtempSync(join(tmpdir(), 'self-signed-'));
  try {
    const out = ['-keyout', 'key', '-out', 'cert', '-days', '2', '-subj', '/CN=self'];
    execFileSync('openssl', ['req', '-x509', ...newKey, ...out, '-addext', 'subjectAltName=IP:127.0.0.1'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: directory,
    });
    return {
      key: readFileSync(join(directory, 'key'), 'utf8'),
      cert: readFileSync(join(directory, 'cert'), 'utf8'),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
