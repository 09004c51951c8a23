// A mirror of the release archives on a node's loopback that remembers every request.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import type { Identity } from '../../transport/certificates.ts';
import { archivesDir } from './plugins-archive.ts';
import { serveOnNode } from './server-on-node.ts';

const program = join(import.meta.dirname, 'node-mirror-server.ts');

export interface Mirror extends AsyncDisposable {
  /** As pods with the host's network reach it. */
  readonly url: string;
  /** `GET /v1.9.1/…` for each request so far. A request is in here before it is answered. */
  requests(): readonly string[];
}

export interface MirrorOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** Serves https with this certificate. Default: http. */
  readonly tls?: Identity;
}

export async function startMirror(
  node: ThrowawayNode,
  { port: wanted = 0, tls }: MirrorOptions = {},
): Promise<Mirror> {
  const scratch = mkdtempSync(join(tmpdir(), 'mirror-'));
  const identity = tls ? identityFiles(scratch, tls) : [];
  const command = [process.execPath, program, archivesDir, String(wanted), ...identity];
  const server = await serveOnNode(node, command, join(scratch, 'requests'));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${server.written()[0]}`,
    requests: () => server.written().slice(1),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(scratch, { recursive: true });
    },
  };
}

/** Paths of its certificate's file and its key's. */
function identityFiles(directory: string, { cert, key }: Identity): readonly string[] {
  const files = { 'mirror.crt': cert, 'mirror.key': key };
  return Object.entries(files).map(([name, pem]) => {
    writeFileSync(join(directory, name), pem);
    return join(directory, name);
  });
}
