// How the API server of a cluster is asked, whoever carries the question there.

import { Failure } from '../failure/failure.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface AskedServer extends AsyncDisposable {
  /** What whoever asks calls the cluster; empty where nobody has a name for it. */
  readonly name: string;
  /** Rejects where there is no answer in time. */
  readonly get: (path: string, signal: AbortSignal) => Promise<ApiAnswer>;
}

/** The failure for a question that was answered otherwise than with what was asked for, or not at all. */
export function failedToAsk(what: string, why: string, cause?: unknown): Failure {
  return new Failure('cluster-not-asked', { message: `${what} could not be asked for: ${why}`, cause });
}
