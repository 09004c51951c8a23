// The API server, as a pod is told of it.

import { Failure } from '../failure/failure.ts';
import { ApiServer } from './api-server.ts';

export interface PodSurroundings {
  /** `https://host:port`; undefined outside a pod. */
  readonly apiServer: string | undefined;
  readonly serviceAccountDir: string;
  readonly userAgent: string;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** @throws Failure `usage` outside a pod */
export function ownApiServer({
  apiServer,
  serviceAccountDir,
  userAgent,
  now,
  signal,
}: PodSurroundings): ApiServer {
  if (apiServer === undefined) {
    throw new Failure('not-in-a-pod', {
      message: 'KUBERNETES_SERVICE_HOST is not set, so that there is no API server to tell of this node',
    });
  }
  return new ApiServer({ address: apiServer, credentialsDir: serviceAccountDir, userAgent, now, signal });
}
