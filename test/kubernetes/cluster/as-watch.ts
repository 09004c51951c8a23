// Asks the API server with the very token of the watch's pod: what it may, and in whose words it may not.

import type { Pod } from './api-objects.ts';
import type { Cluster } from './cluster.ts';
import { controlPlaneIp } from './control-plane.ts';

export interface Attempt {
  readonly method?: 'PATCH' | 'POST';
  /** From `/api` on. */
  readonly path: string;
  /** Of a patch: `merge`, `json`, `strategic-merge`. */
  readonly patch?: string;
  readonly body: unknown;
}

/** The object's kind, or the words of the refusal. */
export async function asWatch(cluster: Cluster, attempt: Attempt): Promise<string> {
  return withToken(cluster, await boundToken(cluster, await watchPod(cluster)), attempt);
}

/** The same, with a token of one's own. */
export async function withToken(
  cluster: Cluster,
  token: string,
  { method = 'PATCH', path, patch, body }: Attempt,
): Promise<string> {
  const type = patch === undefined ? 'application/json' : `application/${patch}-patch+json`;
  const headers = [`Authorization: Bearer ${token}`, `Content-Type: ${type}`];
  const answer = await cluster.client('curl', [
    '--silent',
    '--show-error',
    // Over HTTP/2 the API server takes the connection away from whom it does not know, at times before its answer is read.
    '--http1.1',
    '--retry',
    '3',
    '--retry-all-errors',
    '--insecure',
    '--request',
    method,
    ...headers.flatMap((header) => ['--header', header]),
    '--data',
    JSON.stringify(body),
    `https://${controlPlaneIp}:6443${path}`,
  ]);
  const { kind, message } = JSON.parse(answer) as { kind: string; message?: string };
  return kind === 'Status' ? (message ?? 'refused without a word') : kind;
}

export async function watchPod(cluster: Cluster): Promise<Pod> {
  const [pod] = await cluster.list<Pod>(
    '/api/v1/namespaces/kube-system/pods?labelSelector=name%3Dcni-plugins-watch',
  );
  if (pod === undefined) throw new Error('the watch has no pod');
  return pod;
}

/** Of the account `cni-plugins-watch`, as the kubelet gets it for that pod: it names the pod, and its node. */
export async function boundToken(cluster: Cluster, { metadata }: Pod): Promise<string> {
  const bound = [`--bound-object-name=${metadata.name}`, `--bound-object-uid=${metadata.uid}`];
  const account = ['create', 'token', 'cni-plugins-watch', `--namespace=${metadata.namespace}`];
  return (await cluster.kubectl(...account, '--bound-object-kind=Pod', ...bound)).trim();
}
