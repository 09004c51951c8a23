// A container registry on this machine: Debian's docker-registry, and what a client pushes into one.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Identity } from '../transport/certificates.ts';
import { freePort } from './free-port.ts';

export interface Registry extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
}

export interface RegistryNature {
  /** Where it keeps what is pushed. Several may share it. */
  readonly storage: string;
  readonly identity?: Identity;
  /** As its configuration has it. */
  readonly auth?: object;
  /** Blobs are not given, but looked for below this address, by their path in the storage. */
  readonly blobsAt?: string;
}

export async function startRegistry(nature: RegistryNature): Promise<Registry> {
  const directory = mkdtempSync(join(tmpdir(), 'registry-'));
  const port = await freePort();
  const config = writeRegistryConfig(nature, port, directory);
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = join(directory, 'log');
  for (const stream of [child.stdout, child.stderr]) stream.pipe(createWriteStream(log, { flags: 'a' }));
  await listening(child, port, log);
  const host = `127.0.0.1:${port}`;
  return {
    host,
    url: `${nature.identity === undefined ? 'http' : 'https'}://${host}`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Into the directory; returns the path of the file that `docker-registry serve` takes. */
export function writeRegistryConfig(nature: RegistryNature, port: number, directory: string): string {
  const path = join(directory, 'config.yml');
  writeFileSync(path, JSON.stringify(configOf(nature, port, directory)));
  return path;
}

function configOf({ storage, identity, auth, blobsAt }: RegistryNature, port: number, directory: string) {
  const [certificate, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  if (identity !== undefined) {
    writeFileSync(certificate, identity.cert);
    writeFileSync(key, identity.key);
  }
  const redirect = [{ name: 'redirect', options: { baseurl: blobsAt } }];
  return {
    version: '0.1',
    storage: { filesystem: { rootdirectory: storage }, redirect: { disable: false } },
    http: { addr: `127.0.0.1:${port}`, ...(identity && { tls: { certificate, key } }) },
    ...(auth && { auth }),
    ...(blobsAt !== undefined && { middleware: { storage: redirect } }),
  };
}

async function listening(child: ChildProcess, port: number, log: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the registry ended: ${readFileSync(log, 'utf8')}`);
    if (await accepts(port)) return;
    await pause(50);
  }
  throw new Error(`the registry does not listen: ${readFileSync(log, 'utf8')}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** What OCI and docker call an image and an index of some. */
const mediaTypes = {
  oci: {
    image: 'application/vnd.oci.image.manifest.v1+json',
    index: 'application/vnd.oci.image.index.v1+json',
  },
  docker: {
    image: 'application/vnd.docker.distribution.manifest.v2+json',
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  },
} as const;
type By = keyof typeof mediaTypes;

const title = 'org.opencontainers.image.title';

/** Descriptor of a blob or manifest, as manifests name others. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Pushes into one repository. */
export class Push {
  readonly #base: string;

  constructor({ url }: Registry, repository: string) {
    this.#base = `${url}/v2/${repository}`;
  }

  async blob(bytes: Buffer, mediaType = 'application/gzip'): Promise<Descriptor> {
    const digest = digestOf(bytes);
    const begun = await fetch(`${this.#base}/blobs/uploads/`, { method: 'POST' });
    const place = new URL(begun.headers.get('location') ?? '', this.#base);
    place.searchParams.set('digest', digest);
    await expectCreated(await fetch(place, { method: 'PUT', body: new Uint8Array(bytes) }));
    return { mediaType, digest, size: bytes.length };
  }

  /** An image whose layers are these files, by their titles. */
  async image(files: Readonly<Record<string, Buffer>>, tag?: string, by: By = 'oci'): Promise<Descriptor> {
    const config = await this.blob(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json');
    const layers = [];
    for (const [name, bytes] of Object.entries(files))
      layers.push({ ...(await this.blob(bytes)), annotations: { [title]: name } });
    const mediaType = mediaTypes[by].image;
    return this.#manifest({ schemaVersion: 2, mediaType, config, layers }, mediaType, tag);
  }

  index(manifests: readonly (Descriptor & { readonly platform?: object })[], tag: string, by: By = 'oci') {
    const mediaType = mediaTypes[by].index;
    return this.#manifest({ schemaVersion: 2, mediaType, manifests }, mediaType, tag);
  }

  async #manifest(manifest: object, mediaType: string, tag: string | undefined): Promise<Descriptor> {
    const body = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(body);
    const headers = { 'content-type': mediaType };
    const put = { method: 'PUT', headers, body: new Uint8Array(body) };
    await expectCreated(await fetch(`${this.#base}/manifests/${tag ?? digest}`, put));
    return { mediaType, digest, size: body.length };
  }
}

async function expectCreated(response: Response): Promise<void> {
  if (response.status !== 201) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
