// The proxies of the environment, for the program as it ships: what speaks with them is beside it, loaded when needed.

import { createServer } from 'node:https';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { serveDirectory } from '../support/mirror.ts';
import { archiveName, layOut, type ReleaseArchive, soundRelease } from '../support/release-archives.ts';
import { createAuthority, type Identity } from '../transport/certificates.ts';
import { close, listen } from '../transport/faulty-server.ts';
import { startProxy } from '../transport/recording-proxy.ts';

const version = 'v1.9.1';
const credentials = { user: 'operator', password: 'pa55' };

function mirrored(node: TestNode): ReleaseArchive {
  return layOut(join(node.archives, version, archiveName(version)), soundRelease());
}

function expectInstalledInSecret(run: Run): void {
  expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
  expect(run.stderr + JSON.stringify(run.report)).not.toMatch(/pa55|b3BlcmF0b3I/);
}

it('HTTP_PROXY is asked for an http mirror, and its credentials are said nowhere, whatever DEBUG is', async () => {
  using node = createNode();
  const { sha256 } = mirrored(node);
  await using mirror = await serveDirectory(node.archives);
  const proxy = await startProxy({ credentials });

  const run = await runInstaller(node, ['--mirror', mirror.url, '--sha256', sha256], {
    env: { HTTP_PROXY: proxy.url, DEBUG: '*' },
  });
  await proxy.close();

  expectInstalledInSecret(run);
  expect(proxy.seen.map(({ method, target }) => [method, new URL(target).origin])).toEqual([
    ['GET', mirror.url],
  ]);
});

it('HTTPS_PROXY gives a tunnel to an https mirror', async () => {
  using node = createNode();
  const { path, sha256 } = mirrored(node);
  using authority = disposable();
  const mirror = await serveFile(path, authority.issue());
  const proxy = await startProxy({ credentials });
  writeFileSync(join(node.directory, 'ca.pem'), authority.pem);
  const mirrorUrl = `https://127.0.0.1:${mirror.port}`;

  const run = await runInstaller(
    node,
    ['--mirror', mirrorUrl, '--sha256', sha256, '--ca-file', join(node.directory, 'ca.pem')],
    { env: { HTTPS_PROXY: proxy.url, DEBUG: '*' } },
  );
  await proxy.close();
  await mirror.close();

  expectInstalledInSecret(run);
  expect(proxy.seen).toMatchObject([{ method: 'CONNECT', target: `127.0.0.1:${mirror.port}` }]);
});

function disposable() {
  const authority = createAuthority();
  return { ...authority, [Symbol.dispose]: authority.remove };
}

async function serveFile(path: string, identity: Identity) {
  const server = createServer(identity, (_request, response) => void response.end(readFileSync(path)));
  return { port: await listen(server), close: () => close(server) };
}
