// Whether the fence costs a kubelet anything: what it writes, with the policy in force and without, turn by turn.

import { expect } from 'vitest';
import { asWatch } from './as-watch.ts';
import type { Cluster } from './cluster.ts';
import { conditionPatch, conditionType, says } from './expect-fence.ts';
import { patchAsKubelet, quantile } from './kubelet-patches.ts';

const policy = 'cni-plugins-watch-nodes';
const bindingPath = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/${policy}`;

interface Binding {
  readonly metadata: { readonly name: string; readonly labels: unknown; readonly annotations: unknown };
  readonly spec: unknown;
}

const timesATurn = 100;

/**
 * Of each change of a Node the API server asks who makes it, and counts that. A kubelet that were judged beyond it would be
 * refused, and so is none of its patches. Resolves to what was measured, in words.
 */
export async function expectKubeletUnhindered(cluster: Cluster, stranger: string): Promise<string> {
  const binding = await cluster.find<Binding>(bindingPath);
  if (binding === undefined) throw new Error(`there is no binding of ${policy}`);
  const patch = (): Promise<readonly number[]> => patchAsKubelet(cluster, stranger, timesATurn);

  const before = await questionsTo(cluster);
  const fenced = [...(await patch())];
  const after = await questionsTo(cluster);
  const [times, seconds] = [after.times - before.times, after.seconds - before.seconds];
  expect(times).toBeGreaterThanOrEqual(timesATurn);

  await cluster.kubectl('delete', 'validatingadmissionpolicybinding', policy);
  // What the role alone would let it do is what the fence is for.
  await untilAnswered(cluster, stranger, 'Node');
  const free = [...(await patch()), ...(await patch())];
  await cluster.apply([withoutIdentity(binding)]);
  await untilAnswered(cluster, stranger, says('change the Node that it runs on, and no other'));
  fenced.push(...(await patch()));

  const question = `${((seconds / times) * 1000).toFixed(2)} ms of it to ask who it is`;
  return `${inWords(fenced)} with the policy in force, ${question}; ${inWords(free)} without`;
}

function withoutIdentity({ metadata: { name, labels, annotations }, ...rest }: Binding): unknown {
  return { ...rest, metadata: { name, labels, annotations } };
}

async function untilAnswered(cluster: Cluster, node: string, words: string): Promise<void> {
  const path = `/api/v1/nodes/${node}/status`;
  const attempt = { path, patch: 'strategic-merge', body: conditionPatch(conditionType) };
  await cluster.until(`the watch is answered with ${words}`, async () =>
    (await asWatch(cluster, attempt)).includes(words) ? true : undefined,
  );
}

interface Questions {
  readonly times: number;
  /** In all. */
  readonly seconds: number;
}

/** How often the API server has asked for the policy who changes a Node, since it started. */
async function questionsTo(cluster: Cluster): Promise<Questions> {
  const metrics = await cluster.kubectl('get', '--raw', '/metrics');
  const valueOf = (what: string): number => {
    const series = `apiserver_admission_match_condition_evaluation_seconds_${what}`;
    return Number(new RegExp(`^${series}\\{.*name="${policy}".*\\} (\\S+)$`, 'm').exec(metrics)?.[1]);
  };
  return { times: valueOf('count'), seconds: valueOf('sum') };
}

function inWords(times: readonly number[]): string {
  const [half, most] = [quantile(times, 0.5), quantile(times, 0.95)];
  return `${half.toFixed(1)} ms (95 of 100 below ${most.toFixed(1)})`;
}
