// A container registry on a node's loopback, Debian's docker-registry: it wants a password, has the archive and our image, and
// tells who asked.

import { execFileSync } from 'node:child_process';
import { mkdtempDisposableSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { account } from '../../repository/ghcr.ts';
import type { Image } from '../../throwaway-node/images.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import { Push, startRegistry, writeRegistryConfig } from '../registry.ts';
import { htpasswd } from '../registry-site.ts';
import type { PluginsArchive } from './plugins-archive.ts';
import { serveOnNode } from './server-on-node.ts';

const port = 5000;
const host = `127.0.0.1:${port}`;
const repository = 'site/cni-plugins';
const imageRepository = 'site/cni-plugins-installer';

export interface NodeRegistry extends AsyncDisposable {
  /** As `--mirror` takes it, in pods with the host's network. */
  readonly mirror: string;
  /** The chart's `image`, as it is here. */
  readonly image: { readonly registry: string; readonly repository: string };
  /** `GET /v2/… 200` for each request so far. */
  requests(): readonly string[];
}

/** The text of a pull secret for it. */
export const dockerConfig = JSON.stringify({
  auths: { [host]: { auth: btoa(`${account.user}:${account.token}`) } },
});

/** @param image ours, which then need not be on the node */
export async function startRegistryOnNode(
  node: ThrowawayNode,
  { path, version }: PluginsArchive,
  image: Image,
): Promise<NodeRegistry> {
  await using stack = new AsyncDisposableStack();
  const { path: directory } = stack.use(mkdtempDisposableSync(join(tmpdir(), 'node-registry-')));
  const storage = join(directory, 'storage');
  // Pushed to on this machine, where anybody may: the node's network has no way in.
  await using pushed = await startRegistry({ storage });
  await new Push(pushed, repository).image({ [basename(path)]: readFileSync(path) }, version);
  pushImage(image, `${pushed.host}/${imageRepository}`);
  const config = writeRegistryConfig({ storage, auth: htpasswd(directory) }, port, directory);
  const command = ['sh', '-c', 'echo started && exec docker-registry serve "$1"', 'sh', config];
  const server = stack.use(await serveOnNode(node, command, join(directory, 'requests')));
  const held = stack.move();
  return {
    mirror: `oci+http://${host}/${repository}`,
    image: { registry: host, repository: imageRepository },
    requests: () => server.written().flatMap((line) => requestIn(line) ?? []),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

/** Under the tag that it has. */
function pushImage({ layout, reference }: Image, to: string): void {
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  const target = ['--dest-tls-verify=false', `oci:${layout}`, `docker://${to}:${tag}`];
  execFileSync('skopeo', ['--insecure-policy', 'copy', '--quiet', '--all', ...target]);
}

/** Of a line of its access log, which is in the form of Apache's. */
function requestIn(line: string): string | undefined {
  const [, request, status] = /"(\S+ \S+) HTTP\/1\.1" (\d+)/.exec(line) ?? [];
  return request === undefined ? undefined : `${request} ${status}`;
}
