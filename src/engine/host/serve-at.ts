// Answers questions about this process where the operator said, or says why not.

import type { Listening } from '../../arguments/parts/listen.ts';
import { Failure } from '../../failure/failure.ts';
import { errnoOf } from '../../lib/errno.ts';
import { serveStatus, type StatusRoutes, type StatusServer } from '../../lib/status-server.ts';

/** @throws Failure `usage` for a port that is taken, or may not be had. */
export async function serveAt(
  listening: Listening | undefined,
  routes: StatusRoutes,
): Promise<StatusServer | undefined> {
  if (listening === undefined) return undefined;
  try {
    return await serveStatus(listening, routes);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const { host, port } = listening;
    throw new Failure('listen-refused', {
      message: `--listen ${host}:${port} could not be obtained: ${reasonFor[errno] ?? errno}`,
      cause: error,
    });
  }
}

const reasonFor: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process of the node has that port',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'a port below 1024 takes CAP_NET_BIND_SERVICE',
  ENOTFOUND: 'the name has no address',
};
