// The API server by the token that this pod has of its own.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiServer } from '../kubernetes/api-server.ts';
import { ApiTrouble } from '../kubernetes/api-trouble.ts';
import type { Effects } from '../engine/context.ts';
import { type AskedServer, failedToAsk, largestPageBytes } from './asked-server.ts';

export type PodEffects = Pick<Effects, 'apiServer' | 'serviceAccountDir' | 'userAgent' | 'now' | 'signal'>;

/** The namespace that the pod is in; undefined outside a pod, and in one that has no token. */
export function ownNamespace({ apiServer, serviceAccountDir }: PodEffects): string | undefined {
  if (apiServer === undefined) return undefined;
  try {
    return readFileSync(join(serviceAccountDir, 'namespace'), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function clientOf(
  { apiServer, serviceAccountDir, userAgent, now }: PodEffects,
  signal: AbortSignal,
): ApiServer {
  return new ApiServer({
    address: apiServer ?? '',
    credentialsDir: serviceAccountDir,
    userAgent,
    now,
    signal,
  });
}

export function apiServerOfPod(effects: PodEffects): AskedServer {
  return {
    name: '',
    get: async (path, signal) => clientOf(effects, signal).read(path, largestPageBytes),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A ConfigMap holds a MiB, names and all. */
const mostKeptBytes = 1000 * 1024;

export interface KeptAnswer {
  readonly namespace: string;
  readonly name: string;
  /** `html`, `json`: how the file in it ends. */
  readonly form: string;
  readonly text: string;
  /** What is kept in any case. */
  readonly summary: string;
  readonly taken: string;
}

/**
 * Puts the answer into a ConfigMap that is there; one that is too large is left out, and the summary says so.
 * @throws Failure `acquisition` where the API server does not take it
 */
export async function keepAnswer(answer: KeptAnswer, effects: PodEffects): Promise<void> {
  const { namespace, name, form, text, summary, taken } = answer;
  const fits = Buffer.byteLength(text) <= mostKeptBytes;
  const data = {
    summary: fits ? summary : `${summary}; the answer itself is larger than a ConfigMap may be`,
    taken,
    [`fleet.${form}`]: fits ? text : null,
  };
  try {
    await clientOf(effects, effects.signal).ask({
      method: 'PATCH',
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`,
      content: { type: 'application/merge-patch+json', value: { data } },
    });
  } catch (error) {
    if (!(error instanceof ApiTrouble)) throw error;
    throw failedToAsk(`that ConfigMap ${namespace}/${name} keeps the answer`, error.message, error);
  }
}
