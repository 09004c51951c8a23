// How long the API server takes for what a kubelet writes of its node: many patches over one connection.

import type { Cluster } from './cluster.ts';
import { controlPlaneIp } from './control-plane.ts';

/** Milliseconds of each, as curl has them. Rejects unless each is answered with 200. */
export async function patchAsKubelet(
  cluster: Cluster,
  node: string,
  times: number,
): Promise<readonly number[]> {
  const requests = Array.from({ length: times }, (_, index) => request(node, index)).join('next\n');
  const answers = await cluster.client('curl', ['--config', '-'], requests);
  return answers
    .trim()
    .split('\n')
    .map((line) => {
      const [status, seconds] = line.split(' ');
      if (status !== '200') throw new Error(`a patch of the status of ${node} was answered with ${line}`);
      return Number(seconds) * 1000;
    });
}

/** Each changes what is stored: a heartbeat. */
function request(node: string, index: number): string {
  const lastHeartbeatTime = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
  const condition = {
    type: 'example.org/Alive',
    status: 'True',
    reason: 'R',
    message: '',
    lastHeartbeatTime,
  };
  const options = {
    url: `https://${controlPlaneIp}:6443/api/v1/nodes/${node}/status`,
    request: 'PATCH',
    data: JSON.stringify({ status: { conditions: [condition] } }),
    output: '/dev/null',
    'write-out': '%{http_code} %{time_total}\n',
  };
  const headers = [
    'Authorization: Bearer administrator',
    'Content-Type: application/strategic-merge-patch+json',
  ];
  const lines = [...Object.entries(options), ...headers.map((header) => ['header', header] as const)].map(
    ([name, value]) => `${name} = ${JSON.stringify(value)}\n`,
  );
  return ['silent\n', 'insecure\n', ...lines].join('');
}

/** Sorted by how much of them is below: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
