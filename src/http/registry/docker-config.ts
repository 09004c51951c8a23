// Credentials for registries, as docker, podman and a Kubernetes pull secret keep them: config.json. Pure.

import * as v from 'valibot';
import { isRecord } from '../../lib/record.ts';

export type RegistryCredentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** Exchanged for a token by the registry's token service (OAuth 2 refresh token). */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** Shown to the registry as it is. */
  | { readonly kind: 'registry-token'; readonly token: string };

/** What the file has for one repository. */
export type Entry =
  | { readonly kind: 'credentials'; readonly credentials: RegistryCredentials }
  /** A credential helper has them; we run none. */
  | { readonly kind: 'helper' }
  | { readonly kind: 'none' };

const authShape = v.object({
  auth: v.optional(v.string()),
  username: v.optional(v.string()),
  password: v.optional(v.string()),
  identitytoken: v.optional(v.string()),
  registrytoken: v.optional(v.string()),
});

type Auth = v.InferOutput<typeof authShape>;

const configShape = v.object({
  auths: v.optional(v.record(v.string(), authShape), {}),
  credsStore: v.optional(v.string(), ''),
  credHelpers: v.optional(v.record(v.string(), v.string()), {}),
});

export type DockerConfig = v.InferOutput<typeof configShape>;

/** Undefined for a text that is not one. */
export function dockerConfigIn(text: string): DockerConfig | undefined {
  const { success, output } = v.safeParse(
    v.pipe(v.string(), v.parseJson(), v.check(isRecord), configShape),
    text,
  );
  return success ? output : undefined;
}

/**
 * Of all keys that fit the one that says most: `host:port/path` before `host:port`. A key without a port is about the
 * default port alone, for another port is another server.
 */
export function entryFor(config: DockerConfig, registry: URL, repository: string): Entry {
  const keys = keysFor(registry, repository);
  const byKey = new Map(Object.entries(config.auths).map(([key, auth]) => [plainKey(key), auth]));
  for (const key of keys) {
    const credentials = credentialsOf(byKey.get(key) ?? {});
    if (credentials !== undefined) return { kind: 'credentials', credentials };
  }
  const named = keys.some((key) => byKey.has(key));
  const helped = Object.keys(config.credHelpers).some((key) => keys.includes(plainKey(key)));
  return { kind: helped || (named && config.credsStore !== '') ? 'helper' : 'none' };
}

/** Some tools write `https://host/v1/`. */
function plainKey(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/(?:\/v[12])?\/*$/, '');
}

function keysFor({ hostname, port, protocol }: URL, repository: string): string[] {
  const standard = protocol === 'https:' ? '443' : '80';
  const hosts = port === '' ? [hostname, `${hostname}:${standard}`] : [`${hostname}:${port}`];
  const parts = repository.split('/');
  const paths = parts.map((_part, at) => `/${parts.slice(0, parts.length - at).join('/')}`);
  return [...paths, ''].flatMap((path) => hosts.map((host) => `${host}${path}`));
}

function credentialsOf(auth: Auth): RegistryCredentials | undefined {
  const { registrytoken = '', identitytoken = '' } = auth;
  if (registrytoken !== '') return { kind: 'registry-token', token: registrytoken };
  if (identitytoken !== '') return { kind: 'identity-token', token: identitytoken };
  const [user, password] = pairOf(auth);
  return user === '' ? undefined : { kind: 'password', user, password };
}

/** Only the first colon divides: a password may have more. */
function pairOf({
  auth = '',
  username = '',
  password = '',
}: Auth): readonly [user: string, password: string] {
  if (username !== '') return [username, password];
  const pair = Buffer.from(auth, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? ['', ''] : [pair.slice(0, colon), pair.slice(colon + 1).replace(/\0+$/, '')];
}
