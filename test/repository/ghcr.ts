// A world in which ghcr.io is a registry of this machine: real scripts log in there, push, and pull again, without a network.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../transport/certificates.ts';

/** Commands beyond the shell's that such a world needs. */
export const neededForGhcr = ['docker-registry', 'openssl', 'unshare', 'ip'] as const;

export const account = { user: 'releaser', token: 'a-token' } as const;
/** bcrypt of the token, the only form that the registry takes. */
export const tokenHash = '$2b$04$abcdefghijklmnopqrstuuoiewMTWs1qjDewA8oo1dcrYHxRMXT9G';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Ghcr extends Disposable {
  /** Of the scripts: scratch space that they find again. */
  readonly directory: string;
  /** Runs bash as a workflow's step does. What was pushed before is there, and so is who logged in. */
  readonly run: (script: string, env?: Readonly<Record<string, string>>) => Ran;
}

// The namespaces, and with them the registry, end with the script, which is their first process.
const wrapper = `
  ip link set lo up
  mount --bind "$WORLD/hosts" /etc/hosts
  docker-registry serve "$WORLD/registry.yml" >"$WORLD/registry.log" 2>&1 &
  until (exec 3<>/dev/tcp/127.0.0.1/443) 2>/dev/null; do kill -0 $! || { cat "$WORLD/registry.log" >&2; exit 99; }; sleep 0.05; done
  cd "$WORLD/work"
  exec bash --noprofile --norc -eo pipefail -c "$1"`;

export function worldWithGhcr(): Ghcr {
  const world = mkdtempSync(join(tmpdir(), 'ghcr-'));
  const directory = join(world, 'work');
  for (const name of ['work', 'home', 'pushed']) mkdirSync(join(world, name));
  furnish(world);
  return {
    directory,
    run: (script, env = {}) => runIn(world, script, env),
    [Symbol.dispose]: () => rmSync(world, { recursive: true }),
  };
}

function furnish(world: string): void {
  const authority = createAuthority();
  const { key, cert } = authority.issue({ names: 'DNS:ghcr.io' });
  authority.remove();
  const files = {
    'ca.pem': authority.pem,
    'server.key': key,
    'server.pem': cert,
    hosts: '127.0.0.1 localhost ghcr.io\n',
    accounts: `${account.user}:${tokenHash}\n`,
    'registry.yml': JSON.stringify(registryConfig(world)),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(world, name), text);
}

function registryConfig(world: string): object {
  return {
    version: 0.1,
    log: { accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: join(world, 'pushed') } },
    auth: { htpasswd: { realm: 'ghcr.io', path: join(world, 'accounts') } },
    http: {
      addr: '127.0.0.1:443',
      tls: { certificate: join(world, 'server.pem'), key: join(world, 'server.key') },
    },
  };
}

function runIn(world: string, script: string, env: Readonly<Record<string, string>>): Ran {
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const own = {
    PATH: process.env['PATH'],
    HOME: join(world, 'home'),
    // skopeo keeps its logins there.
    XDG_RUNTIME_DIR: join(world, 'home'),
    SSL_CERT_FILE: join(world, 'ca.pem'),
    WORLD: world,
  };
  return spawnSync('unshare', [...namespaces, 'bash', '-ec', wrapper, 'bash', script], {
    encoding: 'utf8',
    env: { ...own, ...env },
  });
}

/** What the steps so far have written for the later ones. */
export function outputsIn(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s) as [string, string]));
}
