// How the API server of a cluster is asked, whoever carries the question there.

import { textIn } from '../cluster/json-value.ts';
import { Failure } from '../failure/failure.ts';
import type { ApiAnswer } from '../kubernetes/api-server.ts';
import { recordOfText } from '../lib/record.ts';
import { printable } from '../lib/text/printable.ts';

/** More in one answer is not taken, so that a pod of some hundred MiB can ask: a page has fewer objects then. */
export const largestPageBytes = 16 * 2 ** 20;

export interface AskedServer extends AsyncDisposable {
  /** What whoever asks calls the cluster; empty where nobody has a name for it. */
  readonly name: string;
  /** Rejects where there is no answer in time; with an ApiTrouble `too-large` for one of more than `largestPageBytes`. */
  readonly get: (path: string, signal: AbortSignal) => Promise<ApiAnswer>;
}

/** The failure for a question that was answered otherwise than with what was asked for, or not at all. */
export function failedToAsk(what: string, why: string, cause?: unknown): Failure {
  return new Failure('cluster-not-asked', { message: `${what} could not be asked for: ${why}`, cause });
}

/** What a status that is no success says, with the words that came with it. */
export function refusalWords({ status, body }: ApiAnswer): string {
  const text = body.toString('utf8', 0, 2000);
  const [line = ''] = text.trim().split('\n');
  const words = textIn(recordOfText(text) ?? {}, 'message') ?? line;
  return `the answer was ${status}${words === '' ? '' : `, ${printable(words).slice(0, 300)}`}`;
}
