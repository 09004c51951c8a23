// What each node's watch says now, by the API server's way to its port: some at a time, none for long.

import type { PodView } from '../cluster/objects.ts';
import type { LiveAnswer, LiveAnswers } from '../fleet/node-states.ts';
import type { ApiAnswer } from '../kubernetes/api-server.ts';
import { type AskedServer, refusalWords } from './asked-server.ts';

const atATime = 20;
const watchPatienceMs = 3000;
const usualPort = 19917;

export interface AskingWatches {
  readonly signal: AbortSignal;
  readonly show: (line: string) => void;
}

interface Watch {
  readonly node: string;
  readonly pod: string;
  readonly port: number;
}

/** Never rejects for a watch that does not answer. */
export async function askWatches(
  api: AskedServer,
  pods: readonly PodView[],
  { signal, show }: AskingWatches,
): Promise<LiveAnswers> {
  const waiting = pods.flatMap(watchIn);
  const answers = new Map<string, LiveAnswer>();
  const all = waiting.length;
  const askOneByOne = async (): Promise<void> => {
    for (let watch = waiting.pop(); watch !== undefined; watch = waiting.pop()) {
      signal.throwIfAborted();
      answers.set(watch.node, await askOne(api, watch, signal));
      show(`asking watches: ${answers.size} of ${all}`);
    }
  };
  await Promise.all(Array.from({ length: atATime }, askOneByOne));
  return answers;
}

/** In its own DaemonSet, or beside Multus. */
function watchIn({ id, node, labels, containers }: PodView): Watch[] {
  const container = containers.find(({ name }) => name === 'watch');
  const isOurs =
    labels['app'] === 'cni-plugins-watch' || labels['app.kubernetes.io/part-of'] === 'cni-plugins-installer';
  if (node === undefined || container === undefined || !isOurs) return [];
  return [{ node, pod: id, port: container.port ?? usualPort }];
}

async function askOne(api: AskedServer, { pod, port }: Watch, signal: AbortSignal): Promise<LiveAnswer> {
  const [namespace = '', name = ''] = pod.split('/').map(encodeURIComponent);
  const path = `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy/v1/state`;
  const patience = AbortSignal.timeout(watchPatienceMs);
  try {
    const answer = await api.get(path, AbortSignal.any([signal, patience]));
    if (answer.status !== 200) return { how: howRefused(answer), why: refusalWords(answer), pod };
    const state: unknown = JSON.parse(answer.body.toString('utf8'));
    return { how: 'answered', state, pod };
  } catch (error) {
    signal.throwIfAborted();
    const why = patience.aborted ? `no answer in ${watchPatienceMs / 1000} s` : reasonOf(error);
    return { how: 'silent', why, pod };
  }
}

/** The API server has no code for it: to whomever it could not reach, it answers 503 with the error of its dialer. */
function howRefused({ status, body }: ApiAnswer): 'refused' | 'silent' {
  return status === 503 && body.includes('connect: connection refused') ? 'refused' : 'silent';
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'the answer is not JSON';
  return error instanceof Error ? error.message : String(error);
}
