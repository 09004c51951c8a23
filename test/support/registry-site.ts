// A node and a registry whose repositories have the archive, and between the two what sees every request.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { account, tokenHash } from '../repository/ghcr.ts';
import { createNode, type Run, runInstaller, type TestNode } from './installer.ts';
import { ownArch } from './own-arch.ts';
import { digestOf, Push, type Registry, type RegistryNature, startRegistry } from './registry.ts';
import { type Front, standBefore } from './registry-front.ts';
import { archiveName, soundRelease } from './release-archives.ts';
import type { TokenService } from './token-service.ts';

export const version = 'v1.9.1';
export const archive = soundRelease();
const sha256 = digestOf(archive).slice('sha256:'.length);
export const byDigest = ['--sha256', sha256];
export const blobPath = `/v2/site/cni/blobs/sha256:${sha256}`;
/** Where the registry keeps the archive, in its storage. */
export const dataPath = `docker/registry/v2/blobs/sha256/${sha256.slice(0, 2)}/${sha256}/data`;

/** As docker's config.json has the account that the registry knows. */
export const rightAuth = { auth: btoa(`${account.user}:${account.token}`) };
export const refreshToken = 'refresh-me';

/** Words that nobody may ever read in a log or a report. */
const secrets = [account.token, rightAuth.auth, refreshToken];

/** A storage with all repositories of the tests. The archive is in each; only what leads to it differs. */
export async function filledStorage(): Promise<string> {
  const storage = mkdtempSync(join(tmpdir(), 'registry-storage-'));
  await using registry = await startRegistry({ storage });
  await fill(registry);
  return storage;
}

async function fill(registry: Registry): Promise<void> {
  const name = archiveName(version);
  await new Push(registry, 'site/cni').image(
    { 'README.md': Buffer.from('read me'), [name]: archive },
    version,
  );
  await fillIndexes(registry, name);
  await new Push(registry, 'site/others').image({ 'cni-plugins-linux-none.tgz': Buffer.from('x') }, version);
  await new Push(registry, 'site/tampered').image({ [name]: soundRelease('v1.8.0') }, version);
  await new Push(registry, 'site/untagged').blob(archive);
}

/** By OCI's name, and by docker's, which older tools write. */
async function fillIndexes(registry: Registry, name: string): Promise<void> {
  const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } });
  for (const by of ['oci', 'docker'] as const) {
    const push = new Push(registry, by === 'oci' ? 'site/index' : 'site/docker-list');
    const ours = await push.image({ [name]: archive }, undefined, by);
    const others = await push.image({ 'another-file': Buffer.from('of another platform') }, undefined, by);
    await push.index(
      [
        { ...others, ...platform('s390y') },
        { ...ours, ...platform(ownArch) },
      ],
      version,
      by,
    );
  }
}

export interface Site extends AsyncDisposable {
  readonly node: TestNode;
  readonly front: Front;
  /** A mirror among the words takes the place of the repository that has everything. */
  readonly install: (...words: readonly string[]) => Promise<Run>;
}

export async function openSite(
  nature: RegistryNature,
  before: Parameters<typeof standBefore>[1] = {},
): Promise<Site> {
  const node = createNode();
  const registry = await startRegistry(nature);
  const front = await standBefore(registry, before);
  const words = ['--mirror', front.repository('site/cni'), '--cni-version', version, '--retries', '2'];
  return {
    node,
    front,
    install: (...more) =>
      runInstaller(node, [...(more.includes('--mirror') ? words.slice(2) : words), ...more]),
    [Symbol.asyncDispose]: async () => {
      await front[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      node[Symbol.dispose]();
    },
  };
}

/** For the registry's configuration: the one account, by Basic. */
export function htpasswd(directory: string): object {
  const path = join(directory, 'htpasswd');
  writeFileSync(path, `${account.user}:${tokenHash}\n`);
  return { htpasswd: { realm: 'site', path } };
}

/** For the registry's configuration: tokens of this service. */
export function tokensOf(service: TokenService, directory: string): object {
  const certificate = join(directory, 'tokens.pem');
  writeFileSync(certificate, service.certificate);
  return service.authWith(certificate);
}

/** Words that give the credentials, by host as docker writes it. */
export function authFile({ node, front }: Site, auth: object, key = new URL(front.url).host): string[] {
  return configFile(node, { auths: { [key]: auth } });
}

/** The same for a whole config.json. */
export function configFile({ directory }: TestNode, config: object): string[] {
  const path = join(directory, 'config.json');
  writeFileSync(path, JSON.stringify(config));
  return ['--registry-auth', path];
}

export function expectInstalled(run: Run): void {
  expect(run.report ?? run.stderr).toMatchObject({ outcome: 'installed', version });
  expectNothingSaid(run);
}

/** @param given secrets beside those of every site */
export function expectNothingSaid({ stdout, stderr, report }: Run, given: readonly string[] = []): void {
  for (const secret of [...secrets, ...given])
    expect(stdout + stderr + JSON.stringify(report)).not.toContain(secret);
}

export function removeStorage(storage: string): void {
  rmSync(storage, { recursive: true, force: true });
}
