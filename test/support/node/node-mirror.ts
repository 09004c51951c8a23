// A mirror of the release archives on a node's loopback that remembers every request.

import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../throwaway-node/eventually.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import type { Identity } from '../../transport/certificates.ts';
import { archivesDir } from './plugins-archive.ts';

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
  const path = join(scratch, 'requests');
  const output = openSync(path, 'w');
  const server = node.spawn(
    ['net'],
    [process.execPath, program, archivesDir, String(wanted), ...(tls ? identityFiles(scratch, tls) : [])],
    { stdio: ['ignore', output, 'inherit'] },
  );
  closeSync(output);
  const hasEnded = (): boolean => server.exitCode !== null || server.signalCode !== null;
  const written = (): string[] => {
    // Nobody asks a dead mirror: its silence would prove nothing.
    if (hasEnded()) throw new Error('the mirror has died');
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  };
  const port = await eventually('the port of the mirror', 10_000, async () => written()[0]);
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests: () => written().slice(1),
    async [Symbol.asyncDispose]() {
      server.kill();
      if (!hasEnded()) await once(server, 'exit');
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
