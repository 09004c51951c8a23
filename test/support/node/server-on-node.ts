// A server with this machine's files in a node's network: what it writes is its port or a word, then its requests.

import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { eventually } from '../../throwaway-node/eventually.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';

export interface ServerOnNode extends AsyncDisposable {
  /** Its lines so far. Throws when it has died: nobody asks a dead server, so its silence would prove nothing. */
  written(): readonly string[];
}

/**
 * Resolves when it has written its first line.
 *
 * @param log becomes what it writes to stdout
 */
export async function serveOnNode(
  node: ThrowawayNode,
  command: readonly string[],
  log: string,
): Promise<ServerOnNode> {
  const output = openSync(log, 'w');
  const server = node.spawn(['net'], command, { stdio: ['ignore', output, 'inherit'] });
  closeSync(output);
  const hasEnded = (): boolean => server.exitCode !== null || server.signalCode !== null;
  const written = (): readonly string[] => {
    if (hasEnded()) throw new Error(`the server has died: ${command.join(' ')}`);
    return readFileSync(log, 'utf8').split('\n').slice(0, -1);
  };
  await eventually('the first line of the server', 10_000, async () => written()[0]);
  return {
    written,
    async [Symbol.asyncDispose]() {
      server.kill();
      if (!hasEnded()) await once(server, 'exit');
    },
  };
}
