// A stand-in of upstream's host: the releases that it publishes, its certificates, and what it was asked.
//
// It is not told to anybody by an option. Where it serves, a hosts file leads upstream's names to the loopback, and Node
// trusts the authority of its certificates by NODE_EXTRA_CA_CERTS, which is Node's own variable: so a site makes programs
// trust a proxy that looks into TLS, whether they have an option for that or not.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type Issuer } from '../../transport/certificates.ts';

const program = join(import.meta.dirname, 'upstream-server.ts');

const hostNames = ['github.com', 'objects.githubusercontent.com'];

/** What a hosts file needs. */
export const hostsLines = `127.0.0.1 localhost ${hostNames.join(' ')}\n`;

/** An asset of a release. */
export interface Asset {
  /** `v1.9.1` */
  readonly version: string;
  readonly name: string;
  /** The file with its bytes. */
  readonly path: string;
}

export interface StandIn extends Disposable {
  /** Runs the server where nothing else listens on port 443. What it writes to stdout belongs into `log`. */
  readonly command: readonly string[];
  readonly log: string;
  /** A directory of its own. */
  readonly scratch: string;
  /** Trust in it, for a program that Node runs. */
  readonly env: Readonly<Record<string, string>>;
  /** Each request so far and what it was answered with, as upstream-server.ts writes it. Throws when it never listened. */
  requests(): readonly string[];
}

/** By an authority that is known to nobody else. */
export function standInFor(assets: readonly Asset[]): StandIn {
  const authority = createAuthority();
  try {
    return standInBy(authority, assets);
  } finally {
    authority.remove();
  }
}

export function standInBy(authority: Issuer, assets: readonly Asset[]): StandIn {
  const scratch = mkdtempSync(join(tmpdir(), 'upstream-'));
  const [releases, credentials] = [join(scratch, 'releases'), join(scratch, 'credentials')];
  publish(assets, releases);
  certify(credentials, authority);
  const authorityFile = join(scratch, 'authority.pem');
  writeFileSync(authorityFile, authority.pem);
  const log = join(scratch, 'log');
  return {
    command: [process.execPath, program, releases, credentials],
    log,
    scratch,
    env: { NODE_EXTRA_CA_CERTS: authorityFile },
    requests: () => requestsIn(readFileSync(log, 'utf8')),
    [Symbol.dispose]: () => rmSync(scratch, { recursive: true }),
  };
}

function publish(assets: readonly Asset[], releases: string): void {
  for (const { version, name, path } of assets) {
    mkdirSync(join(releases, version), { recursive: true });
    symlinkSync(path, join(releases, version, name));
  }
}

/** Each host has a certificate of its own: what is meant for the one must not be said to the other. */
function certify(directory: string, authority: Issuer): void {
  mkdirSync(directory);
  for (const host of hostNames) {
    const { cert, key } = authority.issue({ names: `DNS:${host}` });
    writeFileSync(join(directory, `${host}.crt`), cert);
    writeFileSync(join(directory, `${host}.key`), key);
  }
}

function requestsIn(log: string): readonly string[] {
  const [first, ...requests] = log.split('\n').slice(0, -1);
  if (first !== 'listening') throw new Error(`the stand-in of upstream's host never listened: ${first}`);
  return requests;
}

/**
 * What the stand-in writes for one download of this archive and nothing else. The URL is the one that upstream publishes,
 * written out here: what the installer makes it of is what is tested.
 */
export function oneDownload(version: string, arch: string): readonly string[] {
  const name = `cni-plugins-linux-${arch}-${version}.tgz`;
  return [
    `302 GET https://github.com/containernetworking/plugins/releases/download/${version}/${name}`,
    `200 GET https://objects.githubusercontent.com/… for ${name}`,
  ];
}
