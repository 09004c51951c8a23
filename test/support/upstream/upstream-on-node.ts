// A stand-in of upstream's host in a node's network, which the node's own hosts file leads to.
//
// A pod with the host's network has the names from there: the kubelet and the runtime give it the node's hosts file. What a
// manifest says needs no change. Its image is one that a site made of ours: with the site's authority in it.

import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../../throwaway-node/cache.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import { authorityIn, type Issuer, makeAuthority } from '../../transport/certificates.ts';
import { serveOnNode } from '../node/server-on-node.ts';
import { type Asset, hostsLines, standInBy } from './stand-in.ts';

/** One for all runs of a checkout: with a new authority each time, each run would make new images. */
export async function siteAuthority(): Promise<Issuer> {
  return authorityIn(await cached('authority', 'site', async (directory) => makeAuthority(directory, 3650)));
}

export interface UpstreamOnNode extends AsyncDisposable {
  /** As StandIn's. */
  requests(): readonly string[];
}

export async function startUpstream(node: ThrowawayNode, assets: readonly Asset[]): Promise<UpstreamOnNode> {
  const standIn = standInBy(await siteAuthority(), assets);
  await appendFile(join(node.root, 'etc/hosts'), hostsLines);
  const server = await serveOnNode(node, standIn.command, standIn.log);
  return {
    requests: () => server.written().slice(1),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      standIn[Symbol.dispose]();
    },
  };
}
