// The archive from a container registry: its blob by the expected digest, else the layer of its name under the tag.

import { readFileSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { systemReason } from '../../lib/errno.ts';
import type { DownloadEffects } from '../../http/download.ts';
import type { Access } from '../../http/request.ts';
import {
  type DockerConfig,
  dockerConfigIn,
  type Entry,
  entryFor,
  type RegistryCredentials,
} from '../../http/registry/docker-config.ts';
import { registryAccess } from '../../http/registry/registry-access.ts';
import { unescape } from 'node:querystring';
import { withoutCredentials } from '../../http/url.ts';
import {
  type Candidate,
  downloadText,
  type KnownCandidate,
  openDownload,
  type Opening,
} from '../acquire/open-source.ts';
import type { Source } from '../acquire/sources.ts';
import { accepted, type Expectation, type KnownExpectation } from '../expectation.ts';
import type { Arch } from '../../lib/architecture.ts';
import { manifestIn, manifestTypes } from './image-manifest.ts';
import type { Repository } from './registry-url.ts';

export interface FromRegistry extends Opening {
  readonly arch: Arch;
  readonly expectation: Expectation;
}

type RegistrySource = Extract<Source, { kind: 'registry' }>;

interface Visited {
  readonly source: RegistrySource;
  readonly access: Access;
  readonly opening: FromRegistry;
  readonly effects: DownloadEffects;
}

/**
 * A blob is named by its SHA-256, so where one is expected nothing else need be asked for.
 * @throws Failure `acquisition` as for any download, `digest` where the tag is known to have another archive, `usage` for
 *   credentials that can't be read
 */
export async function openFromRegistry(
  source: RegistrySource,
  opening: FromRegistry,
  effects: DownloadEffects,
): Promise<KnownCandidate> {
  const visited = { source, access: accessTo(source.repository, opening, effects.now), opening, effects };
  const { expectation } = opening;
  const expected = expectation.basis === 'sidecar' ? [] : (accepted(expectation).sha256 ?? []);
  const candidate = await openFirstBlob(expected, visited);
  if (candidate !== undefined && expectation.basis !== 'sidecar') return { known: expectation, candidate };
  const hex = await digestByTag(visited);
  const known = knownBeside(expectation, hex);
  assertExpected(hex, known, source);
  return { known, candidate: await openBlob(hex, visited) };
}

/** The manifest's word for its layer is what a sidecar is elsewhere. */
function knownBeside(expectation: Expectation, hex: string): KnownExpectation {
  if (expectation.basis !== 'sidecar') return expectation;
  return { basis: 'sidecar', digests: { sha256: [hex], sha512: [] } };
}

/** Undefined where the registry has none of them. */
async function openFirstBlob(hexes: readonly string[], visited: Visited): Promise<Candidate | undefined> {
  for (const hex of hexes) {
    try {
      return await openBlob(hex, visited);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'not-found') throw error;
    }
  }
  return undefined;
}

function openBlob(hex: string, { source, access, opening, effects }: Visited): Promise<Candidate> {
  const url = apiUrl(source.repository, `blobs/sha256:${hex}`);
  return openDownload({ url, name: source.fileName, access }, opening, effects);
}

function apiUrl({ registry, name }: Repository, relative: string): URL {
  const url = withoutCredentials(registry);
  url.pathname = `/v2/${name}/${relative}`;
  return url;
}

/** More than upstream has platforms is no index of ours. */
const maxManifests = 16;

/** The SHA-256 of the layer titled as the archive; a breadth-first search, for an index may be of indexes. */
async function digestByTag(visited: Visited): Promise<string> {
  const { source, opening } = visited;
  const seen = new Set<string>();
  const due = [source.tag];
  for (let reference = due.shift(); reference !== undefined; reference = due.shift()) {
    const manifest = manifestIn(await manifestText(reference, visited), opening.arch);
    if (manifest === undefined) throw notAManifest(source, reference);
    const hex = manifest.files.get(source.fileName);
    if (hex !== undefined) return hex;
    for (const title of manifest.files.keys()) seen.add(title);
    due.push(...manifest.below.slice(0, maxManifests - due.length));
  }
  throw noSuchLayer(source, [...seen]);
}

async function manifestText(reference: string, visited: Visited): Promise<string> {
  const { source, access, opening, effects } = visited;
  const url = apiUrl(source.repository, `manifests/${reference}`);
  const name = `${source.fileName}.manifest`;
  const wanted = {
    url,
    name,
    access,
    accept: manifestTypes.join(', '),
    what: `the manifest of ${reference}`,
  };
  try {
    return await downloadText(wanted, opening, effects);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'not-found') throw error;
    throw new Failure('not-found', {
      message: `${source.label} is not there, nor the archive by its digest: ${error.message}`,
      hint: hintToPush(source),
      cause: error,
    });
  }
}

function noSuchLayer(source: RegistrySource, titles: readonly string[]): Failure {
  const instead = titles.length === 0 ? 'nothing with a title' : titles.slice(0, 4).join(', ');
  return new Failure('not-found', {
    message: `${source.label} has no layer titled ${source.fileName}, but ${instead}`,
    hint: hintToPush(source),
  });
}

function hintToPush({ tag, fileName }: RegistrySource): string {
  return `see that this repository has the tag ${tag} with a layer titled ${fileName}: bundle --layout oci makes one to push`;
}

function notAManifest({ label }: RegistrySource, reference: string): Failure {
  return new Failure('registry-answer-unusable', {
    message: `${label}: what the registry gave as the manifest of ${reference} is none`,
  });
}

/** An archive that is known not to be the expected one need not come. */
function assertExpected(hex: string, known: KnownExpectation, { label, fileName }: RegistrySource): void {
  const { sha256 } = accepted(known);
  if (sha256 === undefined || sha256.includes(hex)) return;
  throw new Failure('digest-mismatch', {
    message: `${label} is not the expected archive: its ${fileName} has the SHA-256 ${hex}, wanted ${sha256.join(' or ')}`,
    brief: `${label} is not the expected archive: its ${fileName} has another SHA-256`,
    hint: 'push the archive with the expected digest under that tag, or give the digest of this one with --sha256 if you trust it',
  });
}

function accessTo({ registry, name }: Repository, { http }: FromRegistry, now: () => number): Access {
  const own = credentialsInUrl(registry);
  if (own !== undefined) {
    const hint =
      'see whether user and password in the URL of --mirror are right, and may pull from this repository';
    return registryAccess({ repository: name, credentials: own, hint }, now);
  }
  const config = http.registryAuth === undefined ? undefined : readConfig(http.registryAuth);
  const entry: Entry = config === undefined ? { kind: 'none' } : entryFor(config, registry, name);
  const credentials = entry.kind === 'credentials' ? entry.credentials : undefined;
  const hint = hintFor(entry, http.registryAuth, registry.host);
  return registryAccess({ repository: name, credentials, hint }, now);
}

function credentialsInUrl({ username, password }: URL): RegistryCredentials | undefined {
  if (username === '') return undefined;
  return { kind: 'password', user: unescape(username), password: unescape(password) };
}

function hintFor({ kind }: Entry, file: string | undefined, host: string): string {
  if (file === undefined)
    return `give a docker config.json that has an entry for ${host} with --registry-auth (CNI_PLUGINS_REGISTRY_AUTH)`;
  switch (kind) {
    case 'credentials':
      return `see whether the credentials that ${file} has for ${host} are right, and may pull from this repository`;
    case 'helper':
      return `${file} leaves ${host} to a credential helper, which is not run here: write user and password, or a token, into it`;
    case 'none':
      return `add an entry for ${host} to ${file}`;
  }
}

function readConfig(path: string): DockerConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure('registry-auth-unreadable', {
      message: `--registry-auth ${path} can't be read: ${systemReason(error) ?? 'unknown error'}`,
      cause: error,
    });
  }
  const config = dockerConfigIn(text);
  if (config !== undefined) return config;
  // What is wrong is not said closer: the text is full of secrets.
  throw new Failure('registry-auth-invalid', {
    message: `--registry-auth ${path} is not a docker config.json: wanted an object with "auths", by host`,
  });
}
