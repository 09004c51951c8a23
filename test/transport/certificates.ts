// Certificates for local TLS servers, made by openssl when a test needs them.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposableSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export interface Issuer {
  /** PEM of the authority itself. */
  readonly pem: string;
  /** A server certificate for 127.0.0.1, unless told otherwise. */
  readonly issue: (wish?: { readonly names?: string; readonly days?: number }) => Identity;
}

export interface Authority extends Issuer {
  readonly remove: () => void;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority that no machine trusts. */
export function createAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'authority-'));
  makeAuthority(directory, 2);
  return { ...authorityIn(directory), remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Puts the key and the certificate of a new authority into the directory. */
export function makeAuthority(directory: string, days: number): void {
  const out = ['-keyout', 'ca.key', '-out', 'ca.pem', '-days', String(days), '-subj', '/CN=test'];
  openssl(['req', '-x509', ...newKey, ...out], directory);
}

/** The one that was made there. Several processes may let it issue at once. */
export function authorityIn(directory: string): Issuer {
  const authority = join(directory, 'ca');
  return {
    pem: readFileSync(`${authority}.pem`, 'utf8'),
    issue: ({ names = 'DNS:localhost,IP:127.0.0.1', days = 2 } = {}) => {
      using scratch = mkdtempDisposableSync(join(tmpdir(), 'issued-'));
      const run = (...args: string[]): void => openssl(args, scratch.path);
      const read = (name: string): string => readFileSync(join(scratch.path, name), 'utf8');
      run('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server');
      writeFileSync(join(scratch.path, 'names'), `subjectAltName=${names}\n`);
      const signing = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-extfile', 'names'];
      const serial = ['-set_serial', `0x${randomBytes(8).toString('hex')}`, '-days', String(days)];
      run('x509', '-req', '-in', 'server.csr', ...signing, ...serial, '-out', 'server.pem');
      return { key: read('server.key'), cert: read('server.pem') };
    },
  };
}

function openssl(args: readonly string[], cwd: string): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], cwd });
}

/** A certificate that vouches for itself. */
export function selfSigned(): Identity {
  const directory = mkdtempSync(join(tmpdir(), 'self-signed-'));
  try {
    const out = ['-keyout', 'key', '-out', 'cert', '-days', '2', '-subj', '/CN=self'];
    openssl(['req', '-x509', ...newKey, ...out, '-addext', 'subjectAltName=IP:127.0.0.1'], directory);
    return {
      key: readFileSync(join(directory, 'key'), 'utf8'),
      cert: readFileSync(join(directory, 'cert'), 'utf8'),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
