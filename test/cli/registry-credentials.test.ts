// Promises about what a registry is shown, kept by Debian's docker-registry: credentials go where they belong, once, and into no log.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { account } from '../repository/ghcr.ts';
import { createNode, refusalOf, runInstaller } from '../support/installer.ts';
import { type Mirror, serve } from '../support/mirror.ts';
import { describeWhere, missingCommands } from '../support/needs.ts';
import { startRegistry } from '../support/registry.ts';
import type { Front, Mischief } from '../support/registry-front.ts';
import {
  archive,
  authFile,
  byDigest,
  configFile,
  expectInstalled,
  expectNothingSaid,
  filledStorage,
  htpasswd,
  openSite,
  refreshToken,
  removeStorage,
  rightAuth,
  tokensOf,
  version,
} from '../support/registry-site.ts';
import { layOut } from '../support/release-archives.ts';
import { startTokenService, type TokenService } from '../support/token-service.ts';
import { createAuthority } from '../transport/certificates.ts';
import { startProxy } from '../transport/recording-proxy.ts';

const needed = missingCommands(['docker-registry', 'openssl']);

let storage = '';

beforeAll(async () => {
  if (needed === undefined) storage = await filledStorage();
});

afterAll(() => removeStorage(storage));

const knowsAccount = (pair: string | undefined): boolean => pair === `${account.user}:${account.token}`;

/** What was shown with each request: the scheme, or the whole of what is not a token. */
function shownTo({ seen }: Front): (string | undefined)[] {
  return seen.map(({ authorization }) => authorization?.replace(/^(Bearer) .*/, '$1'));
}

interface BlobStorage extends Mirror {
  /** Of each request. */
  readonly shown: readonly (string | undefined)[];
}

/** Where a registry keeps its blobs, as a bucket would give them. */
async function serveBlobs(): Promise<BlobStorage> {
  const shown: (string | undefined)[] = [];
  const mirror = await serve((request, response) => {
    shown.push(request.headers.authorization);
    response.end(readFileSync(join(storage, request.url ?? '')));
  });
  return { ...mirror, shown };
}

describeWhere(needed, 'a registry that wants a password', () => {
  it.each([
    ['auth', rightAuth, undefined],
    ['username and password', { username: account.user, password: account.token }, undefined],
    ['a key with a path', rightAuth, '/site'],
  ])('is shown it when it asks: %s', async (_what, auth, below) => {
    using scratch = createNode();
    await using site = await openSite({ storage, auth: htpasswd(scratch.directory) });
    const key = new URL(site.front.url).host + (below ?? '');

    expectInstalled(await site.install(...byDigest, ...authFile(site, auth, key)));
    expect(shownTo(site.front)).toEqual([undefined, `Basic ${rightAuth.auth}`]);
  });

  it('takes that of the URL too', async () => {
    using scratch = createNode();
    await using site = await openSite({ storage, auth: htpasswd(scratch.directory) });
    const pair = `${account.user}:${account.token}@`;

    const mirror = site.front.repository('site/cni').replace('://', `://${pair}`);
    expectInstalled(await site.install('--mirror', mirror, ...byDigest));
    expect(shownTo(site.front).at(-1)).toBe(`Basic ${rightAuth.auth}`);
  });

  const here = 'this host';
  it.each<[what: string, config: object | undefined, requests: number, hint: string]>([
    ['a wrong one', { auths: { [here]: { auth: btoa('releaser:wrong') } } }, 2, 'are right'],
    ['none', undefined, 1, '--registry-auth'],
    ['that of another host', { auths: { '127.0.0.1:1': rightAuth } }, 1, 'add an entry for 127.0.0.1'],
    ['a helper’s name', { credHelpers: { [here]: 'ecr-login' } }, 1, 'a credential helper, which is not run'],
    [
      'the name of a helper for all',
      { auths: { [here]: {} }, credsStore: 'desktop' },
      1,
      'a credential helper, which is not run',
    ],
  ])('and is given %s is status 3, and not asked again and again', async (_what, config, requests, hint) => {
    using scratch = createNode();
    await using site = await openSite({ storage, auth: htpasswd(scratch.directory) });
    const { host } = new URL(site.front.url);
    const forHost = config && JSON.parse(JSON.stringify(config).replaceAll(here, host));

    const run = await site.install(...byDigest, ...(forHost ? configFile(site.node, forHost) : []));

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 3,
      code: 'unauthorized',
      hint: expect.stringContaining(hint),
    });
    expect(site.front.seen).toHaveLength(requests);
    expectNothingSaid(run);
  });

  it('keeps it from the storage that its blobs are redirected to', async () => {
    using scratch = createNode();
    await using blobs = await serveBlobs();
    await using site = await openSite({ storage, auth: htpasswd(scratch.directory), blobsAt: blobs.url });

    expectInstalled(await site.install(...byDigest, ...authFile(site, rightAuth)));
    expect(blobs.shown).toEqual([undefined]);
  });

  it.each([
    ['that is not there', undefined, 'registry-auth-unreadable'],
    ['that is no config.json', account.token, 'registry-auth-invalid'],
  ])('is not asked with a file %s: status 2', async (_what, content, code) => {
    await using site = await openSite({ storage });
    const path = join(site.node.directory, 'config.json');
    if (content !== undefined) writeFileSync(path, content);

    const run = await site.install(...byDigest, '--registry-auth', path);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 2, code });
    expect(site.front.seen).toEqual([]);
    expectNothingSaid(run);
  });
});

describeWhere(needed, 'a registry that has a token service', () => {
  it.each([
    ['a password', rightAuth, undefined],
    ['an identity token', { identitytoken: refreshToken }, undefined],
    ['nothing, where anybody may pull', undefined, 'anyone'],
  ])('gets a token from it for %s: one, for manifest and blob', async (_what, auth, anyone) => {
    using scratch = createNode();
    await using tokens = await startTokenService({
      admits: (pair) => knowsAccount(pair) || (anyone !== undefined && pair === undefined),
      refreshToken,
    });
    await using site = await openSite({ storage, auth: tokensOf(tokens, scratch.directory) });
    const { sha512 } = layOut(join(site.node.archives, 'copy.tgz'), archive);

    const file = auth === undefined ? [] : authFile(site, auth);
    expectInstalled(await site.install('--sha512', sha512, ...file));

    expect(tokens.asked).toHaveLength(1);
    expect(shownTo(site.front)).toEqual([undefined, 'Bearer', 'Bearer']);
  });

  it('is shown a token that the operator has already, and the service is not asked', async () => {
    using scratch = createNode();
    await using tokens = await startTokenService({ admits: () => true });
    await using site = await openSite({ storage, auth: tokensOf(tokens, scratch.directory) });
    const scope = new URLSearchParams({ scope: 'repository:site/cni:pull' });
    await fetch(`${tokens.url}/token?${scope.toString()}`);

    expectInstalled(
      await site.install(...byDigest, ...authFile(site, { registrytoken: tokens.given.join() })),
    );

    expect(tokens.asked).toHaveLength(1);
    expect(shownTo(site.front)).toEqual([undefined, 'Bearer']);
  });

  it('that refuses is asked once: status 3', async () => {
    using scratch = createNode();
    await using tokens = await startTokenService({ admits: () => false });
    await using site = await openSite({ storage, auth: tokensOf(tokens, scratch.directory) });

    const run = await site.install(...byDigest, ...authFile(site, rightAuth));

    expect(refusalOf(run)).toMatchObject({ exitStatus: 3, code: 'unauthorized' });
    expect(tokens.asked).toEqual([
      expect.stringContaining(`scope=${encodeURIComponent('repository:site/cni:pull')}`),
    ]);
    expectNothingSaid(run);
  });

  it('that has too much to do is asked again when it says', async () => {
    using scratch = createNode();
    await using tokens = await startTokenService({ admits: knowsAccount, busyFor: 1 });
    await using site = await openSite({ storage, auth: tokensOf(tokens, scratch.directory) });

    expectInstalled(await site.install(...byDigest, ...authFile(site, rightAuth)));
    expect(tokens.asked).toHaveLength(2);
  });

  it('keeps tokens from the storage that its blobs are redirected to', async () => {
    using scratch = createNode();
    await using blobs = await serveBlobs();
    await using tokens = await startTokenService({ admits: knowsAccount });
    const auth = tokensOf(tokens, scratch.directory);
    await using site = await openSite({ storage, auth, blobsAt: blobs.url });

    expectInstalled(await site.install(...byDigest, ...authFile(site, rightAuth)));
    expect(shownTo(site.front)).toEqual([undefined, 'Bearer']);
    expect(blobs.shown).toEqual([undefined]);
  });

  it('renews a token that expires while a cut download waits, and goes on where it was', async () => {
    using scratch = createNode();
    await using tokens = await startTokenService({ admits: knowsAccount, lifetimeS: 1 });
    // As long as the token lives: whoever comes back then has none.
    const mischief = busyOnce(({ headers }) => headers.range !== undefined, '1');
    const auth = tokensOf(tokens, scratch.directory);
    await using site = await openSite({ storage, auth }, { cutAt: 100_000, mischief });

    expectInstalled(await site.install(...byDigest, ...authFile(site, rightAuth)));

    expect(tokens.given).toHaveLength(2);
    expect(site.front.seen.at(-1)).toMatchObject({
      authorization: `Bearer ${tokens.given[1]}`,
      range: expect.stringMatching(/^bytes=[1-9]\d*-$/),
    });
    expect(shownTo(site.front).slice(-2)).toEqual([undefined, 'Bearer']);
  });

  it('renews a token that it took before and takes no longer', async () => {
    using scratch = createNode();
    await using tokens = await startTokenService({ admits: knowsAccount });
    let spoilt = false;
    const mischief: Mischief = ({ headers }) => {
      if (headers.range === undefined || spoilt) return undefined;
      spoilt = true;
      headers.authorization = `${headers.authorization?.slice(0, -9)}`;
      return undefined;
    };
    const auth = tokensOf(tokens, scratch.directory);
    await using site = await openSite({ storage, auth }, { cutAt: 100_000, mischief });

    expectInstalled(await site.install(...byDigest, ...authFile(site, rightAuth)));

    expect(spoilt).toBe(true);
    expect(site.front.seen.map(({ authorization }) => authorization)).toEqual([
      undefined,
      ...[0, 0, 1].map((number) => `Bearer ${tokens.given[number]}`),
    ]);
  });

  it('is as good with TLS of our own authority and through a proxy, the service like the registry', async () => {
    using node = createNode();
    const authority = createAuthority();
    await using tokens = await startTokenService({ admits: knowsAccount, identity: authority.issue() });
    const auth = tokensOf(tokens, node.directory);
    await using registry = await startRegistry({ storage, auth, identity: authority.issue() });
    authority.remove();
    const ca = join(node.directory, 'ca.pem');
    writeFileSync(ca, authority.pem);
    const proxy = await startProxy();

    const config = configFile(node, { auths: { [registry.host]: rightAuth } });
    const mirror = ['--mirror', `oci://${registry.host}/site/cni`, '--cni-version', version];
    const run = await runInstaller(node, [...mirror, ...byDigest, '--ca-file', ca, ...config], {
      env: { HTTPS_PROXY: proxy.url },
    });
    await proxy.close();

    expectInstalled(run);
    expect(proxy.seen.map(({ method, target }) => `${method} ${target}`)).toEqual(
      [registry.host, new URL(tokens.url).host, registry.host].map((host) => `CONNECT ${host}`),
    );
    expect(proxy.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });
});

/** Refuses the first request of those meant, with this `Retry-After`. */
function busyOnce(meant: (request: IncomingMessage) => boolean, retryAfter: string): Mischief {
  let refused = false;
  return (request, response: ServerResponse) => {
    if (refused || !meant(request)) return undefined;
    refused = true;
    response.writeHead(429, { 'retry-after': retryAfter }).end();
    return true;
  };
}

describeWhere(needed, 'credentials for a registry', () => {
  it.each<[what: string, auth: object, end: 'cut' | 'refused' | 'absent']>([
    ['a password', rightAuth, 'cut'],
    ['an identity token', { identitytoken: refreshToken }, 'cut'],
    ['a password that is refused', { username: account.user, password: 'wrong-secret' }, 'refused'],
    ['an identity token that is refused', { identitytoken: 'wrong-secret' }, 'refused'],
    ['a token that is refused', { registrytoken: 'wrong-secret' }, 'refused'],
    ['a password for what is not there', rightAuth, 'absent'],
  ])('are in no log, report or file: %s', async (_what, auth, end) => {
    using scratch = createNode();
    await using tokens = await startTokenService({ admits: knowsAccount, refreshToken });
    const registryAuth = tokensOf(tokens, scratch.directory);
    await using site = await openSite(
      { storage, auth: registryAuth },
      end === 'cut' ? { cutAt: 90_000 } : {},
    );
    const repository = end === 'absent' ? ['--mirror', site.front.repository('site/nothing')] : [];
    const talkative = ['--log-level', 'debug', '--log-format', 'json'];

    const run = await site.install(...repository, ...byDigest, ...talkative, ...authFile(site, auth));

    const secrets = [...secretsIn(tokens), 'wrong-secret'];
    expect(run.exitStatus).toBe(end === 'cut' ? 0 : 3);
    expectNothingSaid(run, secrets);
    expect(filesWith([...secrets, account.token, rightAuth.auth, refreshToken], site.node.binDir)).toEqual(
      [],
    );
  });
});

/** A token in full, and the parts of it that would do. */
function secretsIn({ given }: TokenService): string[] {
  return given.flatMap((token) => [token, token.split('.').at(-1) ?? token]);
}

/** Everything that the run left on the node, the plugins too. */
function filesWith(secrets: readonly string[], directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => {
    const path = join(directory, name);
    return statSync(path).isFile() && secrets.some((secret) => readFileSync(path).includes(secret));
  });
}
